namespace Shared.Delivery.Spool;

/// <summary>Reports a part of the spool that cannot be read back. Each part is reported once in a run.</summary>
/// <param name="Topic">The queue's topic.</param>
/// <param name="Shard">The queue's shard.</param>
/// <param name="File">The segment's path.</param>
/// <param name="Offset">The start of the damage, in bytes from the file's start.</param>
/// <param name="Bytes">The length of the damage, headers included.</param>
/// <param name="Records">The number of lost records; null: unknown.</param>
/// <param name="What">The kind of damage, for the log.</param>
public sealed record SpoolDamage(string Topic, int Shard, string File, long Offset, long Bytes, long? Records, string What);
