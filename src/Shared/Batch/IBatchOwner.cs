namespace Shared.Batch;

/// <summary>Whose memory a batch is.</summary>
internal interface IBatchOwner
{
    /// <summary>The batch is free again. Any thread.</summary>
    void Return(RecordBatch batch);
}
