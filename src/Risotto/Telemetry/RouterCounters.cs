using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Telemetry;

/// <summary>What one session's pipeline counted. Written by the session alone; metrics and summaries read it.</summary>
internal sealed class RouterCounters
{
    // Families that are skipped are few; a router that invents them is counted under 0/0.
    private const int MaxSkippedFamilies = 64;

    private readonly long[] _messages = new long[MessageTypeNames.Count];
    private readonly long[] _errors = new long[BmpErrorActions.Count];
    private readonly Dictionary<AddressFamily, long> _skippedNlri = [];

    /// <summary>Whole BMP messages taken in.</summary>
    public long Messages;

    /// <summary>Prefixes decoded, announced and withdrawn.</summary>
    public long RoutesReceived;

    /// <summary>Update records appended to a batch.</summary>
    public long RecordsEmitted;

    /// <summary>Prefixes left out because they say nothing new.</summary>
    public long Suppressed;

    /// <summary>Prefixes left out because a newer session of the router tells of their view.</summary>
    public long Superseded;

    /// <summary>Announced prefixes left out because the router has as many routes as it may.</summary>
    public long Refused;

    public long EndOfRibs;

    /// <summary>Route Monitoring of Loc-RIB peers left out by <c>--ignore-loc-rib</c>.</summary>
    public long LocRibIgnored;

    /// <summary>Decisions about path identifiers against what the OPENs negotiated.</summary>
    public long AddPathMismatches;

    /// <summary>AS_PATHs whose width is not the one that the peer's A flag says.</summary>
    public long AsPathWidthMismatches;

    /// <summary>Route Monitoring messages with octets behind the BGP message; the octets are skipped.</summary>
    public long TrailingOctets;

    /// <summary>Messages that had to wait for a decision about path identifiers.</summary>
    public long MessagesHeld;

    public long this[MessageType type] => _messages[(int)type];

    public long this[BmpErrorCode code] => _errors[(int)code];

    /// <summary>Malformed input by reason, without zeros.</summary>
    public IEnumerable<(string Reason, long Count)> Errors =>
        Enumerable.Range(0, _errors.Length).Where(code => _errors[code] > 0).Select(code => (((BmpErrorCode)code).Reason(), _errors[code]));

    /// <summary>Sound input that makes no record, by reason, without zeros.</summary>
    public IEnumerable<(string Reason, long Count)> Skipped
    {
        get
        {
            if (LocRibIgnored > 0)
                yield return ("loc_rib_ignored", LocRibIgnored);
            if (Suppressed > 0)
                yield return ("curation_suppressed", Suppressed);
            if (Superseded > 0)
                yield return ("curation_superseded", Superseded);
            if (Refused > 0)
                yield return ("curation_max_routes", Refused);
            if (TrailingOctets > 0)
                yield return ("octets_after_bgp_message", TrailingOctets);
            foreach (var (family, count) in _skippedNlri)
                yield return ($"nlri_{family.Afi}_{family.Safi}", count);
        }
    }

    /// <summary>NLRI fields of families that are not decoded.</summary>
    public IEnumerable<KeyValuePair<AddressFamily, long>> SkippedNlri => _skippedNlri;

    public void Count(MessageType type) => _messages[(int)type]++;

    public void Count(BmpErrorCode code) => _errors[(int)code]++;

    public void CountSkippedNlri(AddressFamily family)
    {
        if (_skippedNlri.Count >= MaxSkippedFamilies && !_skippedNlri.ContainsKey(family))
            family = default;
        _skippedNlri[family] = _skippedNlri.GetValueOrDefault(family) + 1;
    }
}
