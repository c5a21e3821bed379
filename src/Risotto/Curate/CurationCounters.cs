namespace Risotto.Curate;

/// <summary>What the curation of all routers counted. Any thread.</summary>
internal sealed class CurationCounters
{
    private readonly long[] _withdraws = new long[WithdrawCauses.Count];
    private readonly long[] _sweeps = new long[WithdrawCauses.Count];

    /// <summary>Synthetic withdraws.</summary>
    public long Withdraws(WithdrawCause cause) => Interlocked.Read(ref _withdraws[(int)cause]);

    /// <summary>Families of views whose old routes were looked for and withdrawn.</summary>
    public long Sweeps(WithdrawCause cause) => Interlocked.Read(ref _sweeps[(int)cause]);

    public void CountWithdraws(WithdrawCause cause, int withdraws) => Interlocked.Add(ref _withdraws[(int)cause], withdraws);

    public void CountSweep(WithdrawCause cause) => Interlocked.Increment(ref _sweeps[(int)cause]);
}
