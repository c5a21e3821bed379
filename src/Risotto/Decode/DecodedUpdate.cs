using Risotto.Decode.Bgp;
using Risotto.Frame;

namespace Risotto.Decode;

/// <summary>One NLRI field of an UPDATE. Positions are bytes of the BGP message.</summary>
internal struct NlriField
{
    public int Start, End, Prefixes;
    public AddressFamily Family;
    public bool HasPathIds, IsAnnouncement;
}

/// <summary>
/// The result of reading one UPDATE, without its bytes: where its attributes and its up to four NLRI fields are, and the action of
/// RFC 7606. One instance serves a whole session.
/// </summary>
internal sealed class DecodedUpdate
{
    /// <summary>
    /// Withdrawn routes come first: a prefix that is both withdrawn and announced in one UPDATE is announced (RFC 4271 4.3).
    /// </summary>
    public const int WithdrawnRoutes = 0, MpUnreach = 1, Nlri = 2, MpReach = 3, FieldCount = 4;

    public PathAttributes Attributes;
    public readonly NlriField[] Fields = new NlriField[FieldCount];

    /// <summary>Bit n: entry n of <see cref="Fields"/> is set; an earlier UPDATE left the others.</summary>
    public int PresentFields;

    /// <summary>The prefixes of all fields.</summary>
    public int Prefixes;

    /// <summary>Bytes of an AS number in AS_PATH and AGGREGATOR: 2 or 4.</summary>
    public int AsWidth;

    /// <summary>When the message was read, and the time of its per-peer header; nanoseconds since 1970 UTC.</summary>
    public ulong ReceivedNs, BmpHeaderNs;

    public BmpError Error;

    /// <summary>Some field may have path identifiers that were not read as such, or the other way round.</summary>
    public bool IsDoubtful;

    /// <summary>AS_PATH has another width than the peer's A flag says.</summary>
    public bool AsWidthMismatch;

    public bool IsEndOfRib;

    public bool HasMpReach, HasMpUnreach;

    /// <summary>Valid where <see cref="HasMpReach"/> and <see cref="HasMpUnreach"/> say so.</summary>
    public MpReachNlri Reach;
    public MpUnreachNlri Unreach;

    /// <summary>The family of a field that is not decoded; default where there is none.</summary>
    public AddressFamily SkippedReach, SkippedUnreach;

    public bool HasField(int index) => (PresentFields >> index & 1) != 0;

    public BmpErrorAction Action => Error.Code.Action();
}
