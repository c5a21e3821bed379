namespace Risotto.Listen;

/// <summary>
/// How long a session may wait for its router: a begun message, or a connection's first one, has its time from its first
/// octet on however slowly it trickles; between messages the idle limit holds. What the collector itself makes a session
/// wait (no free batch) does not count. Written by the session, read by the listener's timer.
/// </summary>
internal sealed class SessionDeadline
{
    private readonly TimeProvider _time;
    private readonly long _messageLimit, _idleLimit, _holdInterval;
    private bool _isInMessage = true;
    private long _since;
    private long _wakeAt = long.MaxValue;

    public SessionDeadline(ListenOptions options, TimeProvider time)
    {
        _time = time;
        _messageLimit = Ticks(options.MessageTimeout);
        _idleLimit = Ticks(options.IdleTimeout);
        _holdInterval = Ticks(TimeSpan.FromSeconds(1));
        _since = time.GetTimestamp();
    }

    /// <summary>Input was processed.</summary>
    /// <param name="tookMessage">A whole message was among it.</param>
    /// <param name="isInMessage">A begun one is left, or there was none yet.</param>
    public void OnInput(bool tookMessage, bool isInMessage)
    {
        if (tookMessage || !_isInMessage)
            _since = _time.GetTimestamp();
        _isInMessage = isInMessage;
    }

    /// <summary>The session waits for input; with held messages it wants to be woken each second.</summary>
    public void Wait(bool isHolding)
    {
        long limit = Limit == 0 ? long.MaxValue : _since + Limit;
        Volatile.Write(ref _wakeAt, isHolding ? Math.Min(limit, _time.GetTimestamp() + _holdInterval) : limit);
    }

    /// <summary>The session has input to work on.</summary>
    public void StopWaiting() => Volatile.Write(ref _wakeAt, long.MaxValue);

    /// <summary>For the timer: the session is to be woken.</summary>
    public bool IsDue(long now) => now >= Volatile.Read(ref _wakeAt);

    /// <summary>For the session, once woken: the limit that is over, if one is.</summary>
    public SessionEnd? Over => Limit == 0 || _time.GetTimestamp() < _since + Limit ? null
        : _isInMessage ? SessionEnd.MessageTimeout
        : SessionEnd.IdleTimeout;

    private long Limit => _isInMessage ? _messageLimit : _idleLimit;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
