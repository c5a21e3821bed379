using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Shared.Records.Wire;

namespace Pesto.Listen;

/// <summary>One socket's thread: reads datagrams, refuses those that may not come, and hands the others on, one after the other.</summary>
internal sealed class ReceiveLoop
{
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(100);

    private readonly IDatagramReceiver _receiver;
    private readonly PrefixSet _allowed;
    private readonly IDatagramHandler _handler;
    private readonly ListenLines _lines;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stopNs = long.MaxValue;
    private volatile bool _isAborted;
    private int _next, _received;

    /// <param name="receiver">Of the socket; is disposed when the loop has ended.</param>
    /// <param name="allowed">Empty: everyone.</param>
    /// <param name="handler">Takes the datagrams; the loop's own.</param>
    /// <param name="maxExporters">Exporters that are counted one by one.</param>
    /// <param name="lines">Bounds what senders can make it say.</param>
    /// <param name="logger">Takes that.</param>
    public ReceiveLoop(IDatagramReceiver receiver, PrefixSet allowed, IDatagramHandler handler, int maxExporters, ListenLines lines, ILogger logger)
    {
        (_receiver, _allowed, _handler, _lines, _logger) = (receiver, allowed, handler, lines, logger);
        Counters = new ListenCounters(maxExporters);
    }

    public ListenCounters Counters { get; }

    public IDatagramReceiver Receiver => _receiver;

    public void Start(int number) => new Thread(Run) { IsBackground = true, Name = $"sflow-{number}" }.Start();

    /// <summary>Takes what the kernel has received until now, and ends; the token ends it at once.</summary>
    /// <param name="nowNs">Nanoseconds since 1970 UTC.</param>
    /// <param name="abort">Where there is no more time.</param>
    public async Task StopAsync(long nowNs, CancellationToken abort)
    {
        Volatile.Write(ref _stopNs, nowNs);
        using var register = abort.Register(() => _isAborted = true);
        await _ended.Task;
    }

    private bool IsStopping => Volatile.Read(ref _stopNs) != long.MaxValue;

    private void Run()
    {
        try
        {
            bool isOver = false;
            while (!isOver)
            {
                // Looked at before the socket is: what it holds then is still taken.
                bool isStopping = IsStopping;
                _next = 0;
                _received = TryReceive(wait: !isStopping);
                isOver = _isAborted || (isStopping && (_received == 0 || IsLate(_received - 1)));
                while (_next < _received)
                    TakeReceived();
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
            if (_lines.Errors.TryTake())
                _logger.ReceiveFailed(e);
            // An error that stays is not to take a processor for itself.
            Thread.Sleep(ErrorPause);
            return 0;
        }
    }

    // The datagram came after the word to stop: so came all behind it.
    private bool IsLate(int index) => _receiver.HasArrivalTimes && _receiver.TimeReceivedNs(index) > Volatile.Read(ref _stopNs);

    // The edge: a fault costs one datagram, not the socket.
    private void TakeReceived()
    {
        try
        {
            for (; _next < _received; _next++)
                Take(_next);
        }
        catch (Exception e)
        {
            Counters.Failed++;
            if (_lines.Errors.TryTake())
                _logger.DatagramFailed(_receiver.Source(_next).Address, _receiver.Payload(_next).Length, e);
            _next++;
        }
    }

    private void Take(int index)
    {
        var datagram = _receiver.Payload(index);
        var source = _receiver.Source(index);
        Counters.Octets += datagram.Length;
        Counters.Datagrams++;
        if (!_allowed.IsEmpty && !_allowed.Contains(source.Address))
        {
            Counters.NotAllowed++;
            if (_lines.Refused.TryTake())
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
            case DatagramResult.Malformed when _lines.Malformed.TryTake():
                _logger.MalformedDatagram(source.Address, datagram.Length);
                break;
        }
    }
}
