using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// Reads and writes the header of a batch in a segment, little endian:
/// <code>
///  0  id of the segment              24  records before it in the file     48  hash of this header: XxHash3 of the bytes before,
///  8  bytes of the payload          32  time of the append, UTC ms            seeded with its offset
/// 12  records in the payload         40  hash of the payload: XxHash3      56  payload
/// 16  batches before it in the file (20: zero)
/// </code>
/// The header has its own hash, so that the reader can skip a damaged payload and count its records. It counts the batches and records
/// before it, so that the next header tells what a damaged one lost.
/// </summary>
internal readonly record struct RecordHeader
{
    public const int Bytes = 56;

    public required int PayloadBytes { get; init; }

    public required int Records { get; init; }

    public required int BatchesBefore { get; init; }

    public required long RecordsBefore { get; init; }

    public required DateTimeOffset AppendedAt { get; init; }

    public required ulong PayloadHash { get; init; }

    public void Write(Span<byte> header, ulong segmentId, long offset)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header, segmentId);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], PayloadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Records);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], BatchesBefore);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], RecordsBefore);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], AppendedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], PayloadHash);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], XxHash3.HashToUInt64(header[..48], offset));
    }

    /// <summary>False: there is no header of this segment here, or it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, ulong segmentId, long offset, out RecordHeader read)
    {
        read = default;
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) != segmentId
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
            PayloadHash = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]),
        };
        return true;
    }
}
