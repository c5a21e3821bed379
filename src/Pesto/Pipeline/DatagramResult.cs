namespace Pesto.Pipeline;

/// <summary>What became of a datagram.</summary>
internal enum DatagramResult
{
    /// <summary>It is counted, and its records are in a batch.</summary>
    Taken,

    /// <summary>It is counted as an error; the records before the fault are in a batch.</summary>
    Malformed,

    /// <summary>No batch is free: nothing of it was taken. UDP does not wait, so it is lost and the caller counts it.</summary>
    QueueFull,
}
