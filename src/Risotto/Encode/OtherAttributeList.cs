using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>
/// Writes <c>otherAttributes</c>: the path attributes that have no field of their own or cannot be read, in message order, bytes as
/// received. Of a repeated type only the first counts (RFC 7606 3.g). An attribute that is cut off comes last.
/// </summary>
internal static class OtherAttributeList
{
    private const int Word = 8;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(Span<byte> space, ref int end, ReadOnlySpan<byte> message, in PathAttributes attributes)
    {
        int count = 0;
        for (var each = new Enumerator(message, attributes); each.MoveNext();)
            count++;
        int pointer = UpdateLayout.Pointer(UpdatePointer.OtherAttributes);
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, end), WirePointer.Composite, count * 2));
        UpdateEncoder.Put(space, end, WirePointer.Tag(count, 1, 1));
        int element = end + Word;
        end = element + count * 2 * Word;
        for (var each = new Enumerator(message, attributes); each.MoveNext(); element += 2 * Word)
        {
            UpdateEncoder.Put(space, element, (ulong)(each.Current.Flags | each.Current.Type << 8));
            UpdateEncoder.WriteData(space, ref end, element + Word, each.Current.Value);
        }
    }

    private ref struct Enumerator(ReadOnlySpan<byte> message, in PathAttributes attributes)
    {
        private readonly ref readonly PathAttributes _attributes = ref attributes;
        private PathAttributeEnumerator _each = new(message[attributes.Start..attributes.End]);
        private PathAttributeTypeSet _seen;

        public readonly PathAttributeEnumerator Current => _each;

        public bool MoveNext()
        {
            while (_each.MoveNext())
            {
                if (_attributes.IsOther(_each.Type) && _seen.Add(_each.Type))
                    return true;
            }
            return _each.MoveToCut();
        }
    }
}
