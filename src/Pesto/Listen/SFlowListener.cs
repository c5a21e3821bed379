using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pesto.Telemetry;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Wire;

namespace Pesto.Listen;

/// <summary>The sockets that exporters send to, a thread each; from the start to the drain.</summary>
/// <param name="options">Where to listen, and for whom.</param>
/// <param name="makeHandler">A handler for each thread.</param>
/// <param name="logger">Takes what there is to say.</param>
/// <param name="time">Where the kernel does not tell it.</param>
internal sealed class SFlowListener(ListenOptions options, Func<IDatagramHandler> makeHandler, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan LinesPeriod = TimeSpan.FromSeconds(1);

    private ReceiveLoop[] _loops = [];
    private ITimer? _linesTimer;
    private volatile bool _isListening;

    /// <summary>Where it listens; null when it does not.</summary>
    public IPEndPoint? EndPoint { get => _isListening ? field : null; private set; }

    /// <summary>By socket; they stay when it has ended.</summary>
    public IReadOnlyList<ReceiveLoop> Loops => _loops;

    /// <exception cref="StartupException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var address = await options.Address.ResolveAsync("--sflow-address", cancel);
        var sockets = SFlowSocket.Open("--sflow-address", address, options.Sockets, options.ReceiveBufferBytes);
        var bound = (IPEndPoint)sockets[0].LocalEndPoint!;
        SayBuffer(sockets[0].EffectiveBufferBytes(), sockets.Count);
        var lines = new ListenLines(logger, time);
        var allowed = new PrefixSet(options.Allow);
        _loops = [.. sockets.Select(socket => new ReceiveLoop(Receiver(socket), allowed, makeHandler(), options.MaxExporters, lines, logger))];
        _linesTimer = time.CreateTimer(_ => lines.SayLeftOut(), null, LinesPeriod, LinesPeriod);
        EndPoint = bound;
        _isListening = true;
        for (int i = 0; i < _loops.Length; i++)
            _loops[i].Start(i);
    }

    /// <summary>Takes what the kernel has received by now, and closes the sockets; the token ends it before.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        _isListening = false;
        long nowNs = (long)UnixTime.NowNs(time);
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync(nowNs, abort)));
        foreach (var loop in _loops)
        {
            // The last look at the kernel's count; the number stays.
            _ = loop.Receiver.Drops;
            loop.Receiver.Dispose();
        }
        if (_linesTimer is not null)
            await _linesTimer.DisposeAsync();
    }

    private IDatagramReceiver Receiver(Socket socket)
    {
        int bufferBytes = socket.EffectiveBufferBytes();
        try
        {
            if (BatchReceiver.IsSupported)
                return new BatchReceiver(socket, bufferBytes);
        }
        catch (SocketException e)
        {
            // A sandbox that plays the kernel and does not know the options.
            logger.BatchesNotSupported(e.Message);
        }
        return new SingleReceiver(socket, bufferBytes, time);
    }

    private void SayBuffer(int effective, int sockets)
    {
        logger.Buffers(sockets, effective);
        if (effective < options.ReceiveBufferBytes)
            logger.BufferCut(options.ReceiveBufferBytes, effective);
    }
}
