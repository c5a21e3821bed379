using Risotto.Pipeline;

namespace Replay.Explain;

/// <summary>The counters of a session that say why a prefix has no record, at one moment; or the difference of two moments.</summary>
internal readonly record struct SessionChange(
    long Suppressed, long Superseded, long Refused, long EndOfRibs, long LocRibIgnored, long AddPathMismatches, long SkippedNlri)
{
    public static SessionChange Of(SessionCounters counters) => new(
        counters.Suppressed, counters.Superseded, counters.Refused, counters.EndOfRibs, counters.LocRibIgnored,
        counters.AddPathMismatches, counters.SkippedNlri.Sum(family => family.Value));

    public SessionChange Since(SessionChange before) => new(
        Suppressed - before.Suppressed, Superseded - before.Superseded, Refused - before.Refused, EndOfRibs - before.EndOfRibs,
        LocRibIgnored - before.LocRibIgnored, AddPathMismatches - before.AddPathMismatches, SkippedNlri - before.SkippedNlri);

    /// <summary>Why a prefix without a record has none. Where several reasons are possible it names all of them.</summary>
    public string LeftOut
    {
        get
        {
            List<string> reasons = [];
            if (Suppressed > 0)
                reasons.Add("suppressed: nothing changed");
            if (Superseded > 0)
                reasons.Add("left out: a newer session of the router has this view");
            if (Refused > 0)
                reasons.Add("left out: the router has as many routes as it may have");
            return reasons.Count == 0 ? "no record" : string.Join(", or ", reasons);
        }
    }
}
