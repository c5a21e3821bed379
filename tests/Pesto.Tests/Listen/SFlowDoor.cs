using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pesto.Frame;
using Pesto.Listen;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Shared.Hosting.Flags;

namespace Pesto.Tests.Listen;

/// <summary>A listener on a loopback port, whose thread a test can hold in the middle of a datagram.</summary>
internal sealed class SFlowDoor : IDatagramHandler, IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The last datagram of a test: what came before it is processed when it has been.</summary>
    public static readonly byte[] Closing = "closing"u8.ToArray();

    private readonly ConcurrentQueue<(byte[] Octets, ExporterEndPoint Source, long TimeNs)> _taken = new();
    private readonly SemaphoreSlim _held = new(0), _release = new(0);
    private readonly Func<byte[], DatagramResult> _decide;
    private readonly SFlowListener _listener;
    private TaskCompletionSource _closed = NewClosed();

    private SFlowDoor(PestoOptions options, Func<byte[], DatagramResult> decide)
    {
        _decide = decide;
        _listener = new SFlowListener(options with { SFlowAddress = HostPort.Parse("[::1]:0") with { Host = options.SFlowAddress.Host } }, () => this, NullLogger.Instance, TimeProvider.System);
    }

    public IPEndPoint EndPoint => _listener.EndPoint!;

    public IReadOnlyList<ReceiveLoop> Loops => _listener.Loops;

    public ListenCounters Counters => Loops[0].Counters;

    public IReadOnlyList<(byte[] Octets, ExporterEndPoint Source, long TimeNs)> Taken => [.. _taken];

    /// <summary>The thread waits in each datagram until <see cref="Release"/>.</summary>
    public bool IsHolding { get; set; }

    public static async Task<SFlowDoor> OpenAsync(PestoOptions? options = null, Func<byte[], DatagramResult>? decide = null)
    {
        var door = new SFlowDoor(options ?? new PestoOptions { SFlowAddress = new HostPort("::1", 0) }, decide ?? (_ => DatagramResult.Taken));
        await door._listener.StartAsync(CancellationToken.None);
        return door;
    }

    public Socket Exporter(IPAddress? from = null)
    {
        var target = EndPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : EndPoint.Address;
        if (from is { AddressFamily: AddressFamily.InterNetwork })
            target = IPAddress.Loopback;
        var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        socket.Connect(target, EndPoint.Port);
        return socket;
    }

    /// <summary>Sends the closing datagram and waits until it is processed.</summary>
    public async Task CloseAsync(Socket exporter)
    {
        exporter.Send(Closing);
        await _closed.Task.WaitAsync(Patience);
        _closed = NewClosed();
    }

    /// <summary>The thread stands in a datagram.</summary>
    public async Task WaitHeldAsync() => Assert.True(await _held.WaitAsync(Patience));

    public void Release()
    {
        IsHolding = false;
        _release.Release();
    }

    public Task StopAsync(CancellationToken abort = default) => _listener.StopAsync(abort);

    public async ValueTask DisposeAsync()
    {
        if (EndPoint is not null)
            await StopAsync();
        _held.Dispose();
        _release.Dispose();
    }

    DatagramResult IDatagramHandler.Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        byte[] octets = datagram.ToArray();
        _taken.Enqueue((octets, source, timeReceivedNs));
        if (IsHolding)
        {
            _held.Release();
            Assert.True(_release.Wait(Patience));
        }
        if (datagram.SequenceEqual(Closing))
        {
            _closed.TrySetResult();
            return DatagramResult.Taken;
        }
        return _decide(octets);
    }

    void IDatagramHandler.Release()
    {
    }

    private static TaskCompletionSource NewClosed() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
