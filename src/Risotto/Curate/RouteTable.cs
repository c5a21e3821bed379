namespace Risotto.Curate;

/// <summary>What an announcement meant to the table.</summary>
internal enum RouteChange : byte
{
    /// <summary>Known, with the same attributes.</summary>
    Same,

    /// <summary>Known, with other attributes, or it is not known whether the last record of it got through.</summary>
    Changed,

    /// <summary>Not known before.</summary>
    New,

    /// <summary>Not known, and the router has as many routes as it may.</summary>
    Refused,
}

/// <summary>
/// A route's other word in its table: prefix length plus one (8 bits; 0: the slot is empty), generation (8 bits), hash of
/// the attributes (48 bits; 0: unknown). A changed route goes unnoticed with probability 2^-48.
/// </summary>
internal static class RouteWord
{
    public const ulong HashMask = ~0xFFFFul;

    public const ulong UnknownHash = 0;

    /// <summary>The upper 48 bits of a hash, and never those of an unknown one.</summary>
    public static ulong Hash(ulong hash) => (hash & HashMask) == UnknownHash ? 1ul << 16 : hash & HashMask;

    public static ulong Of(int lengthPlusOne, byte generation, ulong hash) => hash | (ulong)generation << 8 | (uint)lengthPlusOne;

    public static int LengthPlusOne(ulong word) => (byte)word;

    public static byte Generation(ulong word) => (byte)(word >> 8);
}

/// <summary>One kind of key in one address family of one view. Guarded by the gate of the router's shard.</summary>
internal abstract class RouteTable
{
    public int Count { get; protected set; }

    /// <summary>Octets allocated on the managed heap so far, those given back included; the slots do not lie there.</summary>
    public long Allocated { get; protected set; }

    /// <summary>Octets of the slots and of what leads to them.</summary>
    public abstract long Bytes { get; }

    public abstract RouteKeyKind Kind { get; }

    /// <summary>Buckets to walk over; they may become more, and routes only move to later ones while <see cref="Merges"/> stands.</summary>
    public abstract int Buckets { get; }

    /// <summary>How often routes have moved to an earlier bucket.</summary>
    public int Merges { get; protected set; }

    /// <summary>
    /// The next route at or behind (<paramref name="bucket"/>, <paramref name="slot"/>) whose generation is not
    /// <paramref name="keep"/>, or any where that is null; false at the end.
    /// </summary>
    public abstract bool TryFind(byte? keep, ref int bucket, ref int slot, out RouteIdentity route);

    /// <summary>Removes the route that <see cref="TryFind"/> stands at; what moves into its place is the next to look at.</summary>
    public abstract void RemoveAt(int bucket, int slot);

    /// <summary>Forgets all routes and gives their memory back: what is not empty has to be cleared before it is dropped.</summary>
    public abstract void Clear();

    /// <summary>Gives memory back after many removals, a bounded amount of work a call; true: nothing more to do.</summary>
    public abstract bool Trim();

    /// <summary>
    /// Has the route's next record pass, whatever it says. One that is not known becomes so, of generation
    /// <paramref name="generation"/>: true.
    /// </summary>
    public abstract bool MarkUnknown(in RouteIdentity route, byte generation);

    public abstract void MarkAllUnknown();

    /// <summary>Gives all routes that are not of generation <paramref name="current"/> the generation <paramref name="old"/>.</summary>
    public abstract void Age(byte current, byte old);

    /// <summary>The routes of a bucket as they stand in a state file: key, then word, little-endian.</summary>
    public abstract int CopyBucket(int bucket, Span<byte> octets);

    /// <summary>Octets that <see cref="CopyBucket"/> needs at most.</summary>
    public abstract int BucketOctets(int bucket);

    /// <summary>Adds routes written by <see cref="CopyBucket"/>; false: they are not of this kind's form.</summary>
    public abstract bool TryLoad(ReadOnlySpan<byte> octets, byte generation);
}
