using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Wire;

namespace Pesto.Listen;

/// <summary>Opens the sockets to which exporters send, starts a thread for each, and drains them at the end.</summary>
/// <param name="options">The address, the sockets, and the exporters that may send.</param>
/// <param name="makeHandler">Creates the handler of each thread.</param>
/// <param name="logger">Takes the log lines.</param>
/// <param name="time">The clock of datagrams if the kernel gives no times.</param>
internal sealed class SFlowListener(ListenOptions options, Func<IDatagramHandler> makeHandler, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(1);

    private ReceiveLoop[] _loops = [];
    private ITimer? _logTimer;
    private volatile bool _isListening;

    /// <summary>The address on which it listens; null while it does not.</summary>
    public IPEndPoint? EndPoint { get => _isListening ? field : null; private set; }

    /// <summary>Reads the kernel's drops and returns the counters of each socket. They stay when the listener has stopped.</summary>
    public IReadOnlyList<SocketCounters> ReadCounters()
    {
        var loops = _loops;
        foreach (var loop in loops)
            loop.ReadKernelDrops();
        return [.. loops.Select(loop => loop.Counters)];
    }

    /// <exception cref="StartupException">The listener cannot listen on the address.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var address = await options.Address.ResolveAsync("--sflow-address", cancel);
        var sockets = SFlowSocket.Open("--sflow-address", address, options.Sockets, options.ReceiveBufferBytes);
        var bound = (IPEndPoint)sockets[0].LocalEndPoint!;
        LogBuffer(sockets[0].EffectiveBufferBytes(), sockets.Count);
        var samplers = new ListenLogSamplers(logger, time);
        var allowed = new PrefixSet(options.Allow);
        _loops =
        [
            .. sockets.Select(socket =>
                new ReceiveLoop(CreateReceiver(socket), allowed, makeHandler(), options.MaxExporters, samplers, logger)),
        ];
        _logTimer = time.CreateTimer(_ => samplers.LogLeftOut(), null, LogPeriod, LogPeriod);
        EndPoint = bound;
        _isListening = true;
        for (int i = 0; i < _loops.Length; i++)
            _loops[i].Start(i);
    }

    /// <summary>Takes the datagrams that the kernel has received until now and closes the sockets. The token stops it at once.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        _isListening = false;
        long nowNs = (long)UnixTime.NowNs(time);
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync(nowNs, abort)));
        if (_logTimer is not null)
            await _logTimer.DisposeAsync();
    }

    private IDatagramReceiver CreateReceiver(Socket socket)
    {
        int bufferBytes = socket.EffectiveBufferBytes();
        try
        {
            if (BatchReceiver.IsSupported)
                return new BatchReceiver(socket, bufferBytes);
        }
        catch (SocketException e)
        {
            // A sandbox such as gVisor replaces the kernel and does not know the options.
            logger.BatchesNotSupported(e.Message);
        }
        return new SingleReceiver(socket, bufferBytes, time);
    }

    private void LogBuffer(int effective, int sockets)
    {
        logger.Buffers(sockets, effective);
        if (effective < options.ReceiveBufferBytes)
            logger.BufferCut(options.ReceiveBufferBytes, effective);
    }
}
