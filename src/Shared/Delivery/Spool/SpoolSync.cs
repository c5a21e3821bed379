namespace Shared.Delivery.Spool;

/// <summary>Says when batches are synced to the disk (fsync). A kill of the process never loses one; a power cut may.</summary>
public enum SpoolSync
{
    /// <summary>Syncs before the batch leaves memory: a power cut loses none that has left it.</summary>
    Always,

    /// <summary>Every second: a power cut loses the batches since the last sync.</summary>
    Interval,

    /// <summary>Leaves the writing to the kernel (about 30 s).</summary>
    Never,
}
