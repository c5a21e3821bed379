using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>
/// Writes <c>extendedCommunities</c>: those of RFC 4360 (8 bytes: type, subtype, value of 6) and then those of RFC 5701 (20 bytes:
/// type, subtype, value of 18), bytes as received.
/// </summary>
internal static class ExtendedCommunityList
{
    private const int Length = 8, Ipv6Length = 20, Word = 8;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(Span<byte> space, ref int end, ReadOnlySpan<byte> communities, ReadOnlySpan<byte> ipv6Communities)
    {
        int pointer = UpdateLayout.Pointer(UpdatePointer.ExtendedCommunities);
        int count = communities.Length / Length + ipv6Communities.Length / Ipv6Length;
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, end), WirePointer.Composite, count * 2));
        UpdateEncoder.Put(space, end, WirePointer.Tag(count, 1, 1));
        int element = end + Word;
        end = element + count * 2 * Word;
        for (; communities.Length >= Length; communities = communities[Length..], element += 2 * Word, end += Word)
        {
            // Type and subtype are the first two bytes of the element, the value is the other six and padding.
            ulong community = BinaryPrimitives.ReadUInt64LittleEndian(communities);
            UpdateEncoder.Put(space, element, community & 0xFFFF);
            UpdateEncoder.Put(space, element + Word,
                WirePointer.List(UpdateEncoder.Offset(element + Word, end), WirePointer.Byte, Length - 2));
            UpdateEncoder.Put(space, end, community >> 16);
        }
        for (; ipv6Communities.Length >= Ipv6Length; ipv6Communities = ipv6Communities[Ipv6Length..], element += 2 * Word)
        {
            UpdateEncoder.Put(space, element, (ulong)(ipv6Communities[0] | ipv6Communities[1] << 8));
            UpdateEncoder.WriteData(space, ref end, element + Word, ipv6Communities[2..Ipv6Length]);
        }
    }
}
