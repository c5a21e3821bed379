using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Risotto.Pipeline;

/// <summary>
/// Counts what one session's pipeline does. The session writes, under the gate of its router's shard; metrics and summaries read.
/// </summary>
internal sealed class SessionCounters
{
    // A real router has few families that are not decoded; one that invents them is counted under 0/0.
    private const int MaxSkippedFamilies = 64;

    private readonly long[] _messages = new long[Enum.GetValues<MessageType>().Length];
    private readonly long[] _errors = new long[Enum.GetValues<BmpErrorCode>().Length];
    private readonly Dictionary<AddressFamily, long> _skippedNlri = [];
    private readonly List<PeerCounters> _peers = [];

    /// <summary>Whole BMP messages taken in.</summary>
    public long Messages;

    /// <summary>Prefixes that changed nothing.</summary>
    public long Suppressed;

    /// <summary>Prefixes of views that a newer session of the router owns.</summary>
    public long Superseded;

    /// <summary>Announced prefixes left out because the router has as many routes as it may have.</summary>
    public long Refused;

    public long EndOfRibs;

    /// <summary>Route Monitoring of Loc-RIB peers left out by <c>--ignore-loc-rib</c>.</summary>
    public long LocRibIgnored;

    /// <summary>ADD-PATH decisions that contradict the OPENs, and UPDATEs that contradict the decision.</summary>
    public long AddPathMismatches;

    /// <summary>AS_PATHs with another width than the peer's A flag says.</summary>
    public long AsPathWidthMismatches;

    /// <summary>Route Monitoring messages with bytes after the BGP message; the bytes are skipped.</summary>
    public long TrailingBytes;

    /// <summary>Messages that had to wait for an ADD-PATH decision.</summary>
    public long MessagesHeld;

    /// <summary>The peers in the order of their indexes.</summary>
    public IReadOnlyList<PeerCounters> Peers => _peers;

    /// <summary>Prefixes decoded, announced and withdrawn.</summary>
    public long RoutesReceived => _peers.Sum(peer => peer.RoutesReceived);

    /// <summary>Update records appended to a batch.</summary>
    public long RecordsEmitted => _peers.Sum(peer => peer.RecordsEmitted);

    public long this[MessageType type] => _messages[(int)type];

    public long this[BmpErrorCode code] => _errors[(int)code];

    public PeerCounters this[Peer peer] => _peers[peer.Index];

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
            if (TrailingBytes > 0)
                yield return ("octets_after_bgp_message", TrailingBytes);
            foreach (var (family, count) in _skippedNlri)
                yield return ($"nlri_{family.Afi}_{family.Safi}", count);
        }
    }

    /// <summary>NLRI fields of families that are not decoded.</summary>
    public IEnumerable<KeyValuePair<AddressFamily, long>> SkippedNlri => _skippedNlri;

    /// <summary>Begins to count for a peer that the session has just met.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Peer peer)
    {
        if (peer.Index == _peers.Count)
            _peers.Add(new PeerCounters(peer));
    }

    public void Count(MessageType type) => _messages[(int)type]++;

    public void Count(BmpErrorCode code) => _errors[(int)code]++;

    /// <summary>Counts what is special about an UPDATE that was decoded.</summary>
    public void CountUpdate(DecodedUpdate update)
    {
        const UpdateTraits counted = UpdateTraits.EndOfRib | UpdateTraits.AsWidthMismatch | UpdateTraits.SkippedReach
            | UpdateTraits.SkippedUnreach | UpdateTraits.PathIdsMismatch;
        if (update.Has(counted))
            CountTraits(update);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountTraits(DecodedUpdate update)
    {
        EndOfRibs += update.IsEndOfRib ? 1 : 0;
        AsPathWidthMismatches += update.Has(UpdateTraits.AsWidthMismatch) ? 1 : 0;
        AddPathMismatches += update.Has(UpdateTraits.PathIdsMismatch) ? 1 : 0;
        if (update.Has(UpdateTraits.SkippedReach))
            CountSkippedNlri(update.Reach.Family);
        if (update.Has(UpdateTraits.SkippedUnreach))
            CountSkippedNlri(update.Unreach.Family);
    }

    private void CountSkippedNlri(AddressFamily family)
    {
        if (_skippedNlri.Count >= MaxSkippedFamilies && !_skippedNlri.ContainsKey(family))
            family = default;
        _skippedNlri[family] = _skippedNlri.GetValueOrDefault(family) + 1;
    }
}

/// <summary>Counts the routes of one peer since the session began.</summary>
internal sealed class PeerCounters(Peer peer)
{
    public Peer Peer { get; } = peer;

    /// <summary>Prefixes decoded, announced and withdrawn.</summary>
    public long RoutesReceived;

    /// <summary>Update records appended to a batch.</summary>
    public long RecordsEmitted;
}
