namespace Risotto.Listen;

/// <summary>
/// Limits how long a session waits for its router. The time of a message, or of a connection's first one, starts with its first byte,
/// however slowly the rest arrives; between messages the idle limit holds. A wait for a free batch does not count. The session writes
/// it, the listener's timer reads it.
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
    /// <param name="tookMessage">It had at least one whole message.</param>
    /// <param name="isInMessage">A part of a message is left, or no message has come yet.</param>
    public void OnInput(bool tookMessage, bool isInMessage)
    {
        if (tookMessage || !_isInMessage)
            _since = _time.GetTimestamp();
        _isInMessage = isInMessage;
    }

    /// <summary>The session waits for input. With held messages it has to be woken each second.</summary>
    public void Wait(bool isHolding)
    {
        long limit = Limit == 0 ? long.MaxValue : _since + Limit;
        Volatile.Write(ref _wakeAt, isHolding ? Math.Min(limit, _time.GetTimestamp() + _holdInterval) : limit);
    }

    /// <summary>The session processes input.</summary>
    public void StopWaiting() => Volatile.Write(ref _wakeAt, long.MaxValue);

    /// <summary>Asked by the timer: whether to wake the session.</summary>
    public bool IsDue(long now) => now >= Volatile.Read(ref _wakeAt);

    /// <summary>Asked by the session when it is woken: the limit that is over, if one is.</summary>
    public SessionEnd? Over => Limit == 0 || _time.GetTimestamp() < _since + Limit ? null
        : _isInMessage ? SessionEnd.MessageTimeout
        : SessionEnd.IdleTimeout;

    private long Limit => _isInMessage ? _messageLimit : _idleLimit;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
