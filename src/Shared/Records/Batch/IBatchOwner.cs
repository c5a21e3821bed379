namespace Shared.Records.Batch;

/// <summary>Whose memory a batch is.</summary>
internal interface IBatchOwner
{
    /// <summary>The batch is free again. Any thread.</summary>
    void Return(RecordBatch batch);

    /// <summary>The batch's records are on disk, though its memory is still in use. Any thread.</summary>
    void Settle(RecordBatch batch);
}
