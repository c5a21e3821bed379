using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>How an announcement or a withdrawal changes the live routes.</summary>
internal enum RouteChange : byte
{
    /// <summary>Nothing changes: known with the same attributes, or withdrawn without being known.</summary>
    Same,

    /// <summary>Known with other attributes, or withdrawn, or it is not known whether the last record of it reached the topic.</summary>
    Changed,

    /// <summary>Not known before.</summary>
    New,

    /// <summary>Not known before, and the router has as many routes as it may have.</summary>
    Refused,
}

/// <summary>
/// A route's second word in its table: prefix length plus one (8 bits; 0: the slot is empty), generation (8 bits), hash of the
/// attributes (48 bits; 0: unknown). A changed route goes unnoticed with probability 2^-48.
/// </summary>
internal static class RouteWord
{
    public const ulong HashMask = ~0xFFFFul;

    /// <summary>The prefix length plus one of an IPv6 host route.</summary>
    public const int MaxLengthPlusOne = 129;

    private const int GenerationShift = 8, HashShift = 16;

    public const ulong UnknownHash = 0;

    /// <summary>The upper 48 bits of a hash; never <see cref="UnknownHash"/>.</summary>
    public static ulong Hash(ulong hash) => (hash & HashMask) == UnknownHash ? 1ul << HashShift : hash & HashMask;

    public static ulong Pack(int lengthPlusOne, byte generation, ulong hash) =>
        hash | (ulong)generation << GenerationShift | (uint)lengthPlusOne;

    public static int LengthPlusOne(ulong word) => (byte)word;

    public static byte Generation(ulong word) => (byte)(word >> GenerationShift);

    public static ulong WithGeneration(ulong word, byte generation) => Pack(LengthPlusOne(word), generation, word & HashMask);
}

/// <summary>The live routes with one kind of key, in one address family of one view. Guarded by the gate of the router's shard.</summary>
internal abstract class PrefixTable
{
    public int Count { get; protected set; }

    /// <summary>How often a route of an older generation was announced again.</summary>
    public long Renewals { get; private set; }

    /// <summary>Bytes allocated on the managed heap so far, including those given back. The slots are in native memory.</summary>
    public long Allocated { get; protected set; }

    /// <summary>Bytes of the slots and of the array of buckets.</summary>
    public abstract long Bytes { get; }

    public abstract RouteKeyKind Kind { get; }

    /// <summary>
    /// Buckets to walk over. More may be added; as long as <see cref="Merges"/> is the same, routes only move to later ones.
    /// </summary>
    public abstract int Buckets { get; }

    /// <summary>How often routes have moved to an earlier bucket.</summary>
    public int Merges { get; protected set; }

    /// <summary>
    /// Finds the next route at or after (<paramref name="bucket"/>, <paramref name="slot"/>) whose generation is not
    /// <paramref name="keep"/>, or any if that is null. False at the end.
    /// </summary>
    public abstract bool TryFind(byte? keep, ref int bucket, ref int slot, out RouteIdentity route);

    /// <summary>
    /// Removes the route that <see cref="TryFind"/> has found. Another route may move into its slot: the search goes on there.
    /// </summary>
    public abstract void RemoveAt(int bucket, int slot);

    /// <summary>Forgets all routes and frees their memory. A table that is not empty has to be cleared before it is dropped.</summary>
    public abstract void Clear();

    /// <summary>Gives memory back after many removals, a bounded amount of work in each call. True: nothing more to do.</summary>
    public abstract bool Trim();

    /// <summary>
    /// Lets the route's next record pass, whatever it says. A route that is not known is added with the generation
    /// <paramref name="generation"/>: true is returned.
    /// </summary>
    public abstract bool MarkUnknown(in RouteIdentity route, byte generation);

    public abstract void MarkAllUnknown();

    /// <summary>Sets the generation <paramref name="old"/> for all routes that are not of generation <paramref name="current"/>.</summary>
    public abstract void Age(byte current, byte old);

    /// <summary>Writes the routes of a bucket as a state file has them: key, then word, little-endian. Returns the bytes written.</summary>
    public abstract int CopyBucket(int bucket, Span<byte> bytes);

    /// <summary>The bytes that <see cref="CopyBucket"/> writes.</summary>
    public abstract int BucketBytes(int bucket);

    /// <summary>Adds routes that <see cref="CopyBucket"/> wrote. False: the bytes are not in the form of this kind.</summary>
    public abstract bool TryLoad(ReadOnlySpan<byte> bytes, byte generation);

    /// <summary>The new word of a known route; counts the change of its generation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected ulong Renewed(ulong before, ulong word)
    {
        Renewals += RouteWord.Generation(before ^ word) != 0 ? 1 : 0;
        return word;
    }
}
