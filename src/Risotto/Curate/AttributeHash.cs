using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// Computes a keyed hash of what an UPDATE announces with the prefixes of one NLRI field: its path attributes as they are on the wire,
/// without the parts of MP_REACH_NLRI and MP_UNREACH_NLRI that belong to other prefixes. XxHash3 with a secret seed, because peers choose
/// their attributes.
/// </summary>
internal static class AttributeHash
{
    /// <param name="message">The BGP message.</param>
    /// <param name="update">The result of reading it; it announces something.</param>
    /// <param name="field">Index of the NLRI field.</param>
    /// <param name="seed">The secret key.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Compute(ReadOnlySpan<byte> message, DecodedUpdate update, int field, ulong seed)
    {
        ref readonly var attributes = ref update.Attributes;
        // The same bytes are another path where AS numbers have another width.
        ulong hash = seed + (uint)update.AsWidth;
        int position = attributes.Start;
        if ((attributes.Present & PathAttributes.MpAttributes) == 0)
            return RouteWord.Hash(Add(message[position..attributes.End], hash));

        var first = Place(message, attributes, PathAttributeType.MpReachNlri);
        var second = Place(message, attributes, PathAttributeType.MpUnreachNlri);
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

    private static ulong Add(ReadOnlySpan<byte> bytes, ulong hash) => bytes.IsEmpty ? hash : XxHash3.HashToUInt64(bytes, (long)hash);

    // The attribute with its header of 3 bytes, or of 4 with the Extended Length flag; (0, 0) where it is not there.
    private static (int Start, int End) Place(ReadOnlySpan<byte> message, in PathAttributes attributes, PathAttributeType type)
    {
        if (!attributes.Has(type))
            return default;
        int value = attributes.Offset(type), length = attributes.Value(message, type).Length;
        // In a header of 3 bytes the second one before the value is the type. In one of 4 it is the high byte of the length.
        int header = length <= byte.MaxValue && message[value - 2] == (byte)type ? 3 : 4;
        return (value - header, value + length);
    }
}
