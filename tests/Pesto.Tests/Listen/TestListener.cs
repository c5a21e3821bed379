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

/// <summary>Runs a listener on a loopback port, whose thread a test can hold within a datagram.</summary>
internal sealed class TestListener : IDatagramHandler, IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The last datagram of a test. When the handler has it, it has all datagrams before it.</summary>
    public static readonly byte[] Closing = "closing"u8.ToArray();

    private readonly ConcurrentQueue<(byte[] Bytes, ExporterEndPoint Source, long TimeNs)> _taken = new();
    private readonly SemaphoreSlim _held = new(0), _release = new(0);
    private readonly Func<byte[], DatagramResult> _decide;
    private readonly SFlowListener _listener;
    private TaskCompletionSource _closed = NewClosed();

    private TestListener(ListenOptions options, Func<byte[], DatagramResult> decide)
    {
        _decide = decide;
        _listener = new SFlowListener(
            options with { Address = options.Address with { Port = 0 } }, () => this, NullLogger.Instance, TimeProvider.System);
    }

    public IPEndPoint EndPoint => _listener.EndPoint!;

    public SocketCounters Counters => ReadCounters()[0];

    public IReadOnlyList<(byte[] Bytes, ExporterEndPoint Source, long TimeNs)> Taken => [.. _taken];

    /// <summary>The thread waits in each datagram until <see cref="Release"/>.</summary>
    public bool IsHolding { get; set; }

    public static async Task<TestListener> OpenAsync(ListenOptions? options = null, Func<byte[], DatagramResult>? decide = null)
    {
        var created = new TestListener(options ?? new ListenOptions { Address = new HostPort("::1", 0) },
            decide ?? (_ => DatagramResult.Taken));
        await created._listener.StartAsync(CancellationToken.None);
        return created;
    }

    public IReadOnlyList<SocketCounters> ReadCounters() => _listener.ReadCounters();

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

    /// <summary>Waits until the thread is within a datagram.</summary>
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
        byte[] bytes = datagram.ToArray();
        _taken.Enqueue((bytes, source, timeReceivedNs));
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
        return _decide(bytes);
    }

    void IDatagramHandler.Release()
    {
    }

    private static TaskCompletionSource NewClosed() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
