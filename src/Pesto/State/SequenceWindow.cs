namespace Pesto.State;

/// <summary>What a datagram's sequence number says.</summary>
internal enum SequenceStep
{
    /// <summary>The first, or the next, or one behind a gap.</summary>
    Next,

    /// <summary>It was counted as missing and comes after its successors.</summary>
    Late,

    /// <summary>It was here before.</summary>
    Duplicate,

    /// <summary>The agent counts anew.</summary>
    Restart,
}

/// <summary>
/// Follows the datagram sequence numbers of one agent (sflow_version_5.txt: they count from 0 or 1 at its start and wrap at 2^32). What is
/// missing is counted at once, and what comes late after all is told too: the difference is lost.
/// </summary>
internal sealed class SequenceWindow
{
    private const int Window = 64;
    // A late datagram is a little older than the newest; an agent that has started anew is younger than its old self by its whole life.
    private const int LateMs = 10_000;
    // A larger step forward is not believed: at 1,000 datagrams a second that is a quarter of an hour.
    private const uint MaxGap = 1 << 20;

    private bool _isStarted;
    private uint _highest, _uptimeMs;
    // Bit i: the datagram i before the highest was here.
    private ulong _seen;

    /// <param name="sequence">Of a datagram.</param>
    /// <param name="uptimeMs">Of the agent, by the same datagram.</param>
    /// <param name="missing">Datagrams between the last and this one.</param>
    public SequenceStep Note(uint sequence, uint uptimeMs, out uint missing)
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

    // What came before the first is not missing, and cannot come late.
    private SequenceStep Start(uint sequence, uint uptimeMs, SequenceStep step)
    {
        (_isStarted, _highest, _uptimeMs, _seen) = (true, sequence, uptimeMs, ulong.MaxValue);
        return step;
    }
}
