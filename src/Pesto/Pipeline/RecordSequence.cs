namespace Pesto.Pipeline;

/// <summary>The sequence numbers of records: the shard in the upper 16 bits, so that each shard counts without a gap.</summary>
internal static class RecordSequence
{
    private const int ShardShift = 48;

    /// <summary>The number before the shard's first record.</summary>
    public static ulong First(int shard) => (ulong)shard << ShardShift;
}
