using System.Runtime.InteropServices;
using Risotto.Frame;

namespace Risotto.Decode.Bgp;

/// <summary>
/// The header that a path attribute must have, and the error that RFC 7606 (or the attribute's own RFC) names when the length is another:
/// the Optional and Transitive bits, and the attribute length as a range and a power-of-two multiple. Lengths that are a
/// multiple of 12 or 20, and the values themselves, are checked where they are read.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathAttributeRule(
    ushort MinLength, ushort MaxLength, byte LengthMask, byte Flags, byte FlagsMask, BmpErrorCode Error)
{
    private const byte WellKnown = 0x40, OptionalTransitive = 0xC0, OptionalNonTransitive = 0x80, OptionalAndTransitiveBits = 0xC0;

    /// <summary>By attribute type; types without a rule accept anything.</summary>
    public static readonly PathAttributeRule[] Table = Build();

    public bool Holds(byte flags, int length) => HasLength(length) && ((flags ^ Flags) & FlagsMask) == 0;

    public bool HasLength(int length) =>
        (uint)(length - MinLength) <= (uint)(MaxLength - MinLength) && (length & LengthMask) == 0;

    private static PathAttributeRule[] Build()
    {
        var table = new PathAttributeRule[64];
        Array.Fill(table, new PathAttributeRule(0, ushort.MaxValue, 0, 0, 0, BmpErrorCode.None));
        void Rule(PathAttributeType type, byte flags, ushort min, ushort max, int multiple, BmpErrorCode error) =>
            table[(int)type] = new PathAttributeRule(min, max, (byte)(multiple - 1), flags, OptionalAndTransitiveBits, error);

        Rule(PathAttributeType.Origin, WellKnown, 1, 1, 1, BmpErrorCode.OriginInvalid);                                  // RFC 7606 7.1
        Rule(PathAttributeType.AsPath, WellKnown, 0, ushort.MaxValue, 2, BmpErrorCode.AsPathInvalid);                    // 7.2
        Rule(PathAttributeType.NextHop, WellKnown, 4, 4, 1, BmpErrorCode.NextHopInvalid);                                // 7.3
        Rule(PathAttributeType.MultiExitDisc, OptionalNonTransitive, 4, 4, 1, BmpErrorCode.MultiExitDiscInvalid);        // 7.4
        Rule(PathAttributeType.LocalPref, WellKnown, 4, 4, 1, BmpErrorCode.LocalPrefInvalid);                            // 7.5
        Rule(PathAttributeType.AtomicAggregate, WellKnown, 0, 0, 1, BmpErrorCode.AtomicAggregateInvalid);                // 7.6
        Rule(PathAttributeType.Aggregator, OptionalTransitive, 6, 8, 2, BmpErrorCode.AggregatorInvalid);                 // 7.7
        Rule(PathAttributeType.Communities, OptionalTransitive, 4, ushort.MaxValue, 4, BmpErrorCode.CommunitiesInvalid); // 7.8
        Rule(PathAttributeType.OriginatorId, OptionalNonTransitive, 4, 4, 1, BmpErrorCode.OriginatorIdInvalid);          // 7.9
        Rule(PathAttributeType.ClusterList, OptionalNonTransitive, 4, ushort.MaxValue, 4, BmpErrorCode.ClusterListInvalid); // 7.10
        Rule(PathAttributeType.MpReachNlri, OptionalNonTransitive, 5, ushort.MaxValue, 1, BmpErrorCode.MpReachInvalid);  // 7.11
        Rule(PathAttributeType.MpUnreachNlri, OptionalNonTransitive, 3, ushort.MaxValue, 1, BmpErrorCode.MpUnreachInvalid); // 7.12
        Rule(PathAttributeType.ExtendedCommunities, OptionalTransitive, 8, ushort.MaxValue, 8,
            BmpErrorCode.ExtendedCommunitiesInvalid); // 7.14
        Rule(PathAttributeType.As4Path, OptionalTransitive, 6, ushort.MaxValue, 2, BmpErrorCode.As4PathInvalid);         // RFC 6793 6
        Rule(PathAttributeType.As4Aggregator, OptionalTransitive, 8, 8, 1, BmpErrorCode.As4AggregatorInvalid);           // RFC 6793 6
        Rule(PathAttributeType.Ipv6ExtendedCommunities, OptionalTransitive, 20, ushort.MaxValue, 4,
            BmpErrorCode.Ipv6ExtendedCommunitiesInvalid); // 7.15
        Rule(PathAttributeType.LargeCommunities, OptionalTransitive, 12, ushort.MaxValue, 4,
            BmpErrorCode.LargeCommunitiesInvalid); // RFC 8092 6
        Rule(PathAttributeType.OnlyToCustomer, OptionalTransitive, 4, 4, 1, BmpErrorCode.OnlyToCustomerInvalid);         // RFC 9234 5
        return table;
    }
}
