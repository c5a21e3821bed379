using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>
/// Writes the less usual AS paths: several segments, 2-byte numbers, an AS4_PATH to merge. <c>asPath</c> gets the AS_SEQUENCE numbers,
/// joined. <c>asPathSegments</c> gets every segment, and is left empty where AS_SEQUENCE is the only kind.
/// </summary>
internal static class AsPathLists
{
    private const int Word = 8;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(Span<byte> space, ref int end, ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        int segments = 0, numbers = 0;
        bool sequencesOnly = true;
        for (var path = Open(message, update); path.MoveNext();)
        {
            segments++;
            if (path.Type == AsPathSegmentType.AsSequence)
                numbers += path.Count;
            else
                sequencesOnly = false;
        }
        if (numbers > 0)
        {
            int list = BeginNumbers(space, ref end, UpdateLayout.Pointer(UpdatePointer.AsPath), numbers);
            for (var path = Open(message, update); path.MoveNext();)
            {
                if (path.Type == AsPathSegmentType.AsSequence)
                    list = Append(space, list, path);
            }
        }
        if (!sequencesOnly)
            WriteSegments(space, ref end, UpdateLayout.Pointer(UpdatePointer.AsPathSegments), segments, message, update);
    }

    private static void WriteSegments(
        Span<byte> space, ref int end, int pointer, int segments, ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, end), WirePointer.Composite, segments * 2));
        UpdateEncoder.Put(space, end, WirePointer.Tag(segments, 1, 1));
        int element = end + Word;
        end = element + segments * 2 * Word;
        for (var path = Open(message, update); path.MoveNext(); element += 2 * Word)
        {
            UpdateEncoder.Put(space, element, (ulong)path.Type);
            Append(space, BeginNumbers(space, ref end, element + Word, path.Count), path);
        }
    }

    // Returns where the first number goes, and clears the padding after an odd count.
    private static int BeginNumbers(Span<byte> space, ref int end, int pointer, int count)
    {
        UpdateEncoder.Put(space, pointer, WirePointer.List(UpdateEncoder.Offset(pointer, end), WirePointer.FourBytes, count));
        int list = end;
        end += (count + 1 & ~1) * 4;
        if (count > 0)
            UpdateEncoder.Put(space, end - Word, 0);
        return list;
    }

    private static int Append(Span<byte> space, int at, AsPath segment)
    {
        for (int i = 0; i < segment.Count; i++, at += 4)
            BinaryPrimitives.WriteUInt32LittleEndian(space[at..], segment[i]);
        return at;
    }

    private static AsPath Open(ReadOnlySpan<byte> message, DecodedUpdate update)
    {
        ref readonly var attributes = ref update.Attributes;
        var path = attributes.Value(message, PathAttributeType.AsPath);
        return attributes.Has(PathAttributeType.As4Path)
            ? AsPath.Merged(path, attributes.Value(message, PathAttributeType.As4Path))
            : new AsPath(path, update.AsWidth);
    }
}
