namespace Pesto.State;

/// <summary>The result of comparing a datagram's sequence number with those before it.</summary>
internal enum SequenceStep
{
    /// <summary>The first, the next, or the next after a gap.</summary>
    Next,

    /// <summary>It comes after its successors and was counted as missing.</summary>
    Late,

    /// <summary>It came before.</summary>
    Duplicate,

    /// <summary>The agent starts to count again.</summary>
    Restart,
}

/// <summary>
/// Follows the datagram sequence numbers of one agent (sflow_version_5.txt: they count from 0 or 1 at its start and wrap at 2^32). It
/// reports missing datagrams at once and late ones when they come: the difference is lost.
/// </summary>
internal sealed class SequenceWindow
{
    private const int Window = 64;
    // A late datagram is a little older than the newest. The uptime of a restarted agent is less than before by the whole time it ran.
    private const int LateMs = 10_000;
    // A larger step forward counts as a restart: at 1,000 datagrams a second this one is a quarter of an hour.
    private const uint MaxGap = 1 << 20;

    private bool _isStarted;
    private uint _highest, _uptimeMs;
    // Bit i is set if the datagram i before the highest came.
    private ulong _seen;

    /// <param name="sequence">The datagram's sequence number.</param>
    /// <param name="uptimeMs">The agent's uptime in the same datagram.</param>
    /// <param name="missing">Datagrams between the highest and this one.</param>
    public SequenceStep Observe(uint sequence, uint uptimeMs, out uint missing)
    {
        missing = 0;
        uint ahead = sequence - _highest;
        if (!_isStarted)
            return Start(sequence, uptimeMs, SequenceStep.Next);
        if (ahead is > 0 and <= MaxGap)
        {
            missing = ahead - 1;
            _seen = ahead < Window ? (_seen << (int)ahead) | 1 : 1;
            (_highest, _uptimeMs) = (sequence, uptimeMs);
            return SequenceStep.Next;
        }
        uint behind = 0 - ahead;
        if (behind >= Window || (int)(_uptimeMs - uptimeMs) > LateMs)
            return Start(sequence, uptimeMs, SequenceStep.Restart);
        ulong bit = 1UL << (int)behind;
        if ((_seen & bit) != 0)
            return SequenceStep.Duplicate;
        _seen |= bit;
        return SequenceStep.Late;
    }

    // Datagrams before the first are not missing and cannot be late.
    private SequenceStep Start(uint sequence, uint uptimeMs, SequenceStep step)
    {
        (_isStarted, _highest, _uptimeMs, _seen) = (true, sequence, uptimeMs, ulong.MaxValue);
        return step;
    }
}
