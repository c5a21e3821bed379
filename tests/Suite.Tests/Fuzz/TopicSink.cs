using System.Buffers;
using Shared.Records.Batch;

namespace Suite.Tests.Fuzz;

/// <summary>
/// Holds one topic in memory: what was submitted, in order. It gives a batch back at once, or keeps it until <see cref="ReleaseOne"/>.
/// </summary>
internal sealed class TopicSink : IBatchSink
{
    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 16);
    private readonly Queue<(RecordBatch Batch, int Length, int Records)> _held = new();
    private bool _keeps;

    public TopicSink(string topic, BatchOptions options, byte fill)
    {
        Output = new TopicWriter(topic, options, this, TimeProvider.System);
        AllocateAll(options.BatchesPerShard, fill);
    }

    public TopicWriter Output { get; }

    /// <summary>Every value, one after the other.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public int Records { get; private set; }

    public int Held => _held.Count;

    /// <summary>The bytes that <see cref="Submit"/> allocated for its own copy. The pipeline did not allocate them.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Forgets what was submitted.</summary>
    public void Start(bool keeps)
    {
        _bytes.ResetWrittenCount();
        Records = 0;
        AllocatedBytes = 0;
        _keeps = keeps;
    }

    public void Submit(RecordBatch batch)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        _held.Enqueue((batch, batch.Length, batch.Records));
        if (!_keeps)
            ReleaseOne();
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Copies the value as late as this, so that a write to a submitted batch is noticed.</summary>
    public void ReleaseOne()
    {
        var (batch, length, records) = _held.Dequeue();
        Assert.True(batch.Length == length && batch.Records == records, "a submitted batch was written to");
        _bytes.Write(batch.Value);
        Records += batch.Records;
        batch.Release();
    }

    /// <summary>Closes the open batch and takes back all.</summary>
    public void Finish()
    {
        Output.CloseDue(always: true);
        while (_held.Count > 0)
            ReleaseOne();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // This is all the memory that the topic may have, so that no case pays for it. Its content shows if a record leaves a byte unwritten.
    private void AllocateAll(int batches, byte fill)
    {
        _keeps = true;
        var shard = Output.Shards[0];
        for (int i = 0; i < batches; i++)
        {
            Assert.True(shard.TryReserve(1, out var space));
            space.Fill(fill);
            shard.Commit(1, 1);
            shard.CloseIfDue(always: true);
        }
        Finish();
    }
}
