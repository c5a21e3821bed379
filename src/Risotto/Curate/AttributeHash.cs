using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// A keyed hash of all that an UPDATE says of the routes of one NLRI field but the prefixes themselves: its path attributes as
/// they stand on the wire, without what MP_REACH_NLRI and MP_UNREACH_NLRI say of other routes. XxHash3 with a secret seed: peers
/// choose their attributes.
/// </summary>
internal static class AttributeHash
{
    /// <param name="message">The BGP message.</param>
    /// <param name="update">What was read of it; announces something.</param>
    /// <param name="field">Index of the NLRI field.</param>
    /// <param name="seed">The state's.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Of(ReadOnlySpan<byte> message, DecodedUpdate update, int field, ulong seed)
    {
        ref readonly var attributes = ref update.Attributes;
        // The same octets mean another path where AS numbers are of another width.
        ulong hash = seed + (uint)update.AsWidth;
        int position = attributes.Start;
        const ulong mp = 1ul << (int)PathAttributeType.MpReachNlri | 1ul << (int)PathAttributeType.MpUnreachNlri;
        if ((attributes.Present & mp) == 0)
            return RouteWord.Hash(Add(message[position..attributes.End], hash));

        var (first, second) = (Place(message, attributes, PathAttributeType.MpReachNlri), Place(message, attributes, PathAttributeType.MpUnreachNlri));
        if (first.Start > second.Start)
            (first, second) = (second, first);
        if (first.End > 0)
        {
            hash = Add(message[position..first.Start], hash);
            position = first.End;
        }
        if (second.End > 0)
        {
            hash = Add(message[position..second.Start], hash);
            position = second.End;
        }
        hash = Add(message[position..attributes.End], hash);
        if (field == DecodedUpdate.MpReach)
        {
            // AFI, SAFI and the next hops.
            int start = attributes.Offset(PathAttributeType.MpReachNlri);
            hash = Add(message[start..update.Reach.NlriStart], hash);
        }
        return RouteWord.Hash(hash);
    }

    private static ulong Add(ReadOnlySpan<byte> octets, ulong hash) => octets.IsEmpty ? hash : XxHash3.HashToUInt64(octets, (long)hash);

    // The attribute with its header, of 3 octets, or of 4 with the Extended Length flag; (0, 0) where it is not there.
    private static (int Start, int End) Place(ReadOnlySpan<byte> message, in PathAttributes attributes, PathAttributeType type)
    {
        if (!attributes.Has(type))
            return default;
        int value = attributes.Offset(type);
        // Sound flags of these attributes are 0x80 or 0x90 and the like, never the type's own number.
        int header = message[value - 3] == (byte)type ? 4 : 3;
        return (value - header, value + attributes.Value(message, type).Length);
    }
}
