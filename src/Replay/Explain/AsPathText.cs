using Risotto.Decode.Bgp;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>
/// AS_PATH and AS4_PATH, RFC 4271 4.3, 5065 3, 6793 3: segments of type (1), count (1), AS numbers. It reads as far as it can.
/// </summary>
internal static class AsPathText
{
    public static string Of(ReadOnlySpan<byte> path, int width)
    {
        var segments = new List<string>();
        var reader = new WireReader(path);
        while (!reader.IsEmpty)
        {
            var rest = reader.Rest;
            reader.TryReadByte(out byte type);
            if (!reader.TryReadByte(out byte count) || !reader.TryReadBytes(count * width, out var numbers))
            {
                segments.Add($"cut off: {FieldWriter.Hex(rest)}");
                break;
            }
            segments.Add(Segment(type, Numbers(numbers, width)));
        }
        return segments.Count == 0 ? "empty" : string.Join(", ", segments);
    }

    private static List<string> Numbers(ReadOnlySpan<byte> bytes, int width)
    {
        var numbers = new List<string>();
        var reader = new WireReader(bytes);
        while (width == 4 ? reader.TryReadUInt32(out uint number) : TryReadUInt16(ref reader, out number))
            numbers.Add(number.ToString());
        return numbers;
    }

    private static bool TryReadUInt16(ref WireReader reader, out uint number)
    {
        bool isRead = reader.TryReadUInt16(out ushort narrow);
        number = narrow;
        return isRead;
    }

    private static string Segment(byte type, List<string> numbers) => (AsPathSegmentType)type switch
    {
        AsPathSegmentType.AsSequence => $"AS_SEQUENCE {FieldWriter.List(numbers)}",
        AsPathSegmentType.AsSet => $"AS_SET {{{FieldWriter.List(numbers)}}}",
        AsPathSegmentType.AsConfedSequence => $"AS_CONFED_SEQUENCE ({FieldWriter.List(numbers)})",
        AsPathSegmentType.AsConfedSet => $"AS_CONFED_SET [{FieldWriter.List(numbers)}]",
        _ => $"segment type {type} <{FieldWriter.List(numbers)}>",
    };
}
