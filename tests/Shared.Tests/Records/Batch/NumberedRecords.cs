using System.Buffers.Binary;
using Shared.Records.Batch;

namespace Shared.Tests.Records.Batch;

/// <summary>Writes records of a given size that carry their number to a shard, as a service does.</summary>
internal static class NumberedRecords
{
    public static BatchOptions Options(int maxBytes = 1000, int batchesPerShard = 4, int shards = 1) => new()
    {
        MaxBytes = maxBytes,
        MaxRecordBytes = maxBytes,
        Shards = shards,
        BatchesPerShard = batchesPerShard,
    };

    /// <summary>Writes one record. False: there is no room, and the record is not written.</summary>
    public static bool TryWrite(ShardWriter shard, long number, int size = 100)
    {
        lock (shard.Gate)
        {
            if (!shard.TryReserve(size, out var space))
                return false;
            space[..size].Fill((byte)number);
            BinaryPrimitives.WriteInt64BigEndian(space, number);
            shard.Commit(size, 1);
            return true;
        }
    }

    /// <summary>Waits for room where there is none.</summary>
    public static async Task WriteAsync(ShardWriter shard, long number, int size = 100)
    {
        while (!TryWrite(shard, number, size))
            await shard.SpaceAvailable.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
    }

    public static IEnumerable<long> Numbers(ReadOnlyMemory<byte> value, int size = 100)
    {
        Assert.Equal(0, value.Length % size);
        for (int i = 0; i < value.Length; i += size)
            yield return BinaryPrimitives.ReadInt64BigEndian(value.Span[i..]);
    }
}
