namespace Pesto.Pipeline;

/// <summary>The result of processing a datagram.</summary>
internal enum DatagramResult
{
    /// <summary>The pipeline counted it, and its records are in a batch.</summary>
    Taken,

    /// <summary>The pipeline counted it as an error; the records before the fault are in a batch.</summary>
    Malformed,

    /// <summary>
    /// No batch is free, so the pipeline took nothing of it. The datagram is lost, because UDP does not wait; the caller counts it.
    /// </summary>
    QueueFull,
}
