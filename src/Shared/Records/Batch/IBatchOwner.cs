namespace Shared.Records.Batch;

/// <summary>Owns the memory of a batch.</summary>
internal interface IBatchOwner
{
    /// <summary>The batch is free again. Any thread may call this.</summary>
    void Return(RecordBatch batch);

    /// <summary>The batch's records are on disk while its memory is still in use. Any thread may call this.</summary>
    void Settle(RecordBatch batch);
}
