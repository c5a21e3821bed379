using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// What stands before each batch in a segment, little endian:
/// <code>
///  0  mark of the file               24  records before it in the file     48  check of this header: XxHash3 of what is before it,
///  8  octets of the payload          32  time of the append, UTC ms            seeded with its offset
/// 12  records in the payload         40  check of the payload: XxHash3     56  payload
/// 16  batches before it in the file (20: zero)
/// </code>
/// The header has its own check, so that a damaged payload is stepped over and its records are counted; and it counts what is
/// before it, so that those of a damaged header are known from the next one.
/// </summary>
internal readonly record struct RecordHeader
{
    public const int Bytes = 56;

    public required int PayloadBytes { get; init; }

    public required int Records { get; init; }

    public required int BatchesBefore { get; init; }

    public required long RecordsBefore { get; init; }

    public required DateTimeOffset AppendedAt { get; init; }

    public required ulong PayloadCheck { get; init; }

    public void Write(Span<byte> header, ulong mark, long offset)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header, mark);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], PayloadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Records);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], BatchesBefore);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], RecordsBefore);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], AppendedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], PayloadCheck);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], XxHash3.HashToUInt64(header[..48], offset));
    }

    /// <summary>False: no header of this file stands here, or it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, ulong mark, long offset, out RecordHeader read)
    {
        read = default;
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) != mark
            || BinaryPrimitives.ReadUInt64LittleEndian(header[48..]) != XxHash3.HashToUInt64(header[..48], offset))
            return false;
        int payload = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        int records = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        int batchesBefore = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        long recordsBefore = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        long appended = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        if (payload is < 0 or > SpoolOptions.MaxBatchBytes || records < 0 || batchesBefore < 0 || recordsBefore < 0
            || appended < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || appended > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return false;
        read = new RecordHeader
        {
            PayloadBytes = payload,
            Records = records,
            BatchesBefore = batchesBefore,
            RecordsBefore = recordsBefore,
            AppendedAt = DateTimeOffset.FromUnixTimeMilliseconds(appended),
            PayloadCheck = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]),
        };
        return true;
    }
}
