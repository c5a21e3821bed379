using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>
/// Writes <c>otherAttributes</c>: the path attributes without a field of their own, in message order, bytes as received. Of a repeated
/// type only the first counts (RFC 7606 3.g).
/// </summary>
internal static class OtherAttributeList
{
    private const int Word = 8;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(Span<byte> space, ref int end, ReadOnlySpan<byte> attributes)
    {
        int pointer = UpdateLayout.Pointer(UpdatePointer.OtherAttributes);
        int count = 0;
        var counted = default(PathAttributeTypeSet);
        for (var each = new PathAttributeEnumerator(attributes); each.MoveNext();)
            count += PathAttributes.IsOther(each.Type) && counted.Add(each.Type) ? 1 : 0;
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, end), WirePointer.Composite, count * 2));
        UpdateEncoder.Put(space, end, WirePointer.Tag(count, 1, 1));
        int element = end + Word;
        end = element + count * 2 * Word;
        var written = default(PathAttributeTypeSet);
        for (var each = new PathAttributeEnumerator(attributes); each.MoveNext();)
        {
            if (!PathAttributes.IsOther(each.Type) || !written.Add(each.Type))
                continue;
            UpdateEncoder.Put(space, element, (ulong)(each.Flags | each.Type << 8));
            UpdateEncoder.WriteData(space, ref end, element + Word, each.Value);
            element += 2 * Word;
        }
    }
}
