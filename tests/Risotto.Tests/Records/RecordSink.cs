using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

/// <summary>
/// Keeps a copy of each batch, and gives its memory back at once or, where a test wants the writer to wait, when told to.
/// </summary>
internal sealed class RecordSink : IBatchSink
{
    private readonly MessageReader _reader = new();
    private readonly Queue<RecordBatch> _kept = new();

    /// <summary>The messages of all batches so far, one behind the other.</summary>
    public MemoryStream Bytes { get; } = new();

    public bool KeepsBatches { get; set; }

    /// <summary>The broker refuses what comes.</summary>
    public bool Refuses { get; set; }

    public int Batches { get; private set; }

    public int LargestBatch { get; private set; }

    public delegate T Reading<T>(StructReader record);

    public void Submit(RecordBatch batch)
    {
        if (Refuses)
        {
            batch.Drop(RecordState.InFlight, "test");
            batch.Release();
            return;
        }
        Bytes.Write(batch.Value);
        Batches++;
        LargestBatch = Math.Max(LargestBatch, batch.Length);
        if (KeepsBatches)
            _kept.Enqueue(batch);
        else
            Acknowledge(batch);
    }

    public void ReleaseOne() => Acknowledge(_kept.Dequeue());

    /// <summary>Reads the messages kept so far, and forgets them.</summary>
    public List<T> Take<T>(Reading<T> read)
    {
        var records = new List<T>();
        for (ReadOnlySpan<byte> rest = Bytes.ToArray(); !rest.IsEmpty;)
        {
            Assert.True(_reader.TryRead(rest, out var record, out int consumed), $"{_reader.Error} in record {records.Count}");
            records.Add(read(record));
            rest = rest[consumed..];
        }
        Bytes.SetLength(0);
        return records;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Acknowledge(RecordBatch batch)
    {
        batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
        batch.Release();
    }
}
