using Risotto.Decode.Bgp;
using Risotto.Frame;

namespace Risotto.Decode;

/// <summary>One NLRI field of an UPDATE. Positions are bytes of the BGP message.</summary>
internal struct NlriField
{
    /// <summary>Where the first prefix starts, and where the last one ends that can be read.</summary>
    public int Start, End;

    /// <summary>Where the field ends.</summary>
    public int ReceivedEnd;

    public int Prefixes;
    public AddressFamily Family;
    public bool HasPathIds, IsAnnouncement, HasLabelStacks;
}

/// <summary>
/// The result of reading one UPDATE, without its bytes: where its attributes and its up to four NLRI fields are, and its worst error.
/// One instance serves a whole session.
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

    /// <summary>What the worst error of the whole UPDATE costs.</summary>
    public BmpErrorAction Action;

    public UpdateTraits Traits;

    /// <summary>Valid where <see cref="HasMpReach"/> and <see cref="HasMpUnreach"/> say so.</summary>
    public MpReachNlri Reach;
    public MpUnreachNlri Unreach;

    public bool IsDoubtful => Has(UpdateTraits.Doubtful);

    public bool IsEndOfRib => Has(UpdateTraits.EndOfRib);

    public bool HasMpReach => Has(UpdateTraits.MpReach);

    public bool HasMpUnreach => Has(UpdateTraits.MpUnreach);

    /// <summary>The UPDATE has further MP attributes of the types that were read: see <see cref="UpdatePart"/>.</summary>
    public bool HasMore => Has(UpdateTraits.More);

    public bool Has(UpdateTraits traits) => (Traits & traits) != 0;

    public bool HasField(int index) => (PresentFields >> index & 1) != 0;

}

/// <summary>What is there in an UPDATE, and what is special about it.</summary>
[Flags]
internal enum UpdateTraits : ushort
{
    None = 0,

    /// <summary>MP_REACH_NLRI and MP_UNREACH_NLRI are there and can be read.</summary>
    MpReach = 1,
    MpUnreach = 2,

    /// <summary>Further MP attributes of the types that were read are there.</summary>
    More = 4,

    /// <summary>Some field may have path identifiers that were not read as such, or the other way round.</summary>
    Doubtful = 8,

    EndOfRib = 16,

    /// <summary>AS_PATH has another width than the peer's A flag says.</summary>
    AsWidthMismatch = 32,

    /// <summary>The MP attribute is of a family that is not decoded.</summary>
    SkippedReach = 64,
    SkippedUnreach = 128,

    /// <summary>A field has path identifiers where the peer's other ones have none, or the other way round.</summary>
    PathIdsMismatch = 256,
}
