namespace Shared.Delivery.Spool;

/// <summary>Octets of the spool that cannot be read back. Each place is reported once in a run.</summary>
/// <param name="Topic">Of the queue.</param>
/// <param name="Shard">Of the queue.</param>
/// <param name="File">Its path.</param>
/// <param name="Offset">Where the damage begins, octets from the file's start.</param>
/// <param name="Bytes">How many octets are stepped over, headers included.</param>
/// <param name="Records">How many records are lost; null: not known.</param>
/// <param name="What">One phrase for people.</param>
public sealed record SpoolDamage(string Topic, int Shard, string File, long Offset, long Bytes, long? Records, string What);
