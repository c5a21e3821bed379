using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Shared.Records.Wire;

namespace Pesto.Listen;

/// <summary>
/// Runs one socket's thread: it reads datagrams, refuses those of exporters that may not send, and hands the others to the handler.
/// </summary>
internal sealed class ReceiveLoop
{
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(100);

    private readonly IDatagramReceiver _receiver;
    private readonly PrefixSet _allowed;
    private readonly IDatagramHandler _handler;
    private readonly ListenLogSamplers _samplers;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stopNs = long.MaxValue;
    private volatile bool _isAborted;
    private int _next, _received;

    /// <param name="receiver">The socket's receiver. The loop disposes it when it has stopped.</param>
    /// <param name="allowed">Exporters that may send; empty: everyone.</param>
    /// <param name="handler">Takes the datagrams. No other loop uses it.</param>
    /// <param name="maxExporters">Exporters that the loop counts one by one.</param>
    /// <param name="samplers">Limit the log lines that senders can cause.</param>
    /// <param name="logger">Takes the log lines.</param>
    public ReceiveLoop(
        IDatagramReceiver receiver, PrefixSet allowed, IDatagramHandler handler, int maxExporters, ListenLogSamplers samplers,
        ILogger logger)
    {
        (_receiver, _allowed, _handler, _samplers, _logger) = (receiver, allowed, handler, samplers, logger);
        Counters = new SocketCounters(maxExporters, receiver.BufferBytes);
    }

    public SocketCounters Counters { get; }

    public void Start(int number) => new Thread(Run) { IsBackground = true, Name = $"sflow-{number}" }.Start();

    /// <summary>Reads the kernel's count of drops into <see cref="Counters"/>. Any thread may call it.</summary>
    public void ReadKernelDrops() => Counters.DroppedByKernel = _receiver.Drops;

    /// <summary>Takes the datagrams that the kernel has received until now, stops, and closes the socket.</summary>
    /// <param name="nowNs">Nanoseconds since 1970 UTC.</param>
    /// <param name="abort">Stops the loop at once.</param>
    public async Task StopAsync(long nowNs, CancellationToken abort)
    {
        Volatile.Write(ref _stopNs, nowNs);
        using var register = abort.Register(() => _isAborted = true);
        await _ended.Task;
        ReadKernelDrops();
        _receiver.Dispose();
    }

    private bool IsStopping => Volatile.Read(ref _stopNs) != long.MaxValue;

    private void Run()
    {
        try
        {
            bool isOver = false;
            while (!isOver)
            {
                // The loop reads this before the socket, so that it still takes the datagrams that the kernel holds then.
                bool isStopping = IsStopping;
                _next = 0;
                _received = TryReceive(wait: !isStopping);
                isOver = _isAborted || (isStopping && (_received == 0 || IsLate(_received - 1)));
                while (_next < _received)
                    ProcessReceived();
                _handler.Release();
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private int TryReceive(bool wait)
    {
        try
        {
            return _receiver.Receive(wait);
        }
        catch (SocketException e)
        {
            Counters.ReceiveErrors++;
            if (_samplers.Errors.TryTake())
                _logger.ReceiveFailed(e);
            // A lasting error must not keep a processor busy.
            Thread.Sleep(ErrorPause);
            return 0;
        }
    }

    // The datagram came after the call to stop, and so did all datagrams after it.
    private bool IsLate(int index) => _receiver.HasArrivalTimes && _receiver.TimeReceivedNs(index) > Volatile.Read(ref _stopNs);

    // This is the edge for exceptions: a fault costs one datagram, not the socket.
    private void ProcessReceived()
    {
        try
        {
            for (; _next < _received; _next++)
                Process(_next);
        }
        catch (Exception e)
        {
            Counters.Failed++;
            if (_samplers.Errors.TryTake())
                _logger.DatagramFailed(_receiver.Source(_next).Address, _receiver.Payload(_next).Length, e);
            _next++;
        }
    }

    private void Process(int index)
    {
        var datagram = _receiver.Payload(index);
        var source = _receiver.Source(index);
        Counters.Bytes += datagram.Length;
        Counters.Datagrams++;
        if (!_allowed.IsEmpty && !_allowed.Contains(source.Address))
        {
            Counters.NotAllowed++;
            if (_samplers.Refused.TryTake())
                _logger.NotAllowed(source.Address);
            return;
        }
        if (datagram.IsEmpty)
        {
            Counters.Empty++;
            return;
        }
        Counters.Count(source.Address);
        switch (_handler.Process(datagram, source, _receiver.TimeReceivedNs(index)))
        {
            case DatagramResult.QueueFull:
                Counters.QueueFull++;
                break;
            case DatagramResult.Malformed when _samplers.Malformed.TryTake():
                _logger.MalformedDatagram(source.Address, datagram.Length);
                break;
        }
    }
}
