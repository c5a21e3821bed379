using System.Runtime.InteropServices;

namespace Shared.Native;

/// <summary>
/// Memory for tables of millions of entries, in the pieces that they grow by: outside the managed heap, where it is free again at once,
/// and in pages of 2 MiB where Linux gives them, because a table that is read at random misses the processor's list of small pages as
/// often as its cache. Pieces from <see cref="SmallestPiece"/> to <see cref="LargestPiece"/> octets lie in chunks of one such page;
/// others come from the C library. Thread-safe.
/// </summary>
public static unsafe partial class NativeHeap
{
    /// <summary>Shorter ones are not worth a chunk: a service with a few routes has none.</summary>
    public const int SmallestPiece = 4 << 10;

    /// <summary>Longer ones leave too much of a chunk unused.</summary>
    public const int LargestPiece = 256 << 10;

    private const int MadviseHugePage = 14;

    private static readonly Lock Gate = new();

    // Those with room first looked at are the oldest, so that younger ones become empty.
    private static readonly List<NativeChunk> Chunks = [];
    private static readonly Dictionary<nuint, NativeChunk> ByAddress = [];

    /// <summary>Octets of all chunks, the unused ones in them included.</summary>
    public static long Bytes
    {
        get
        {
            lock (Gate)
                return (long)Chunks.Count * NativeChunk.Length;
        }
    }

    /// <summary>A piece of zeros.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public static void* Allocate(nuint length)
    {
        if (length is < SmallestPiece or > LargestPiece)
            return NativeMemory.AllocZeroed(length);
        void* piece;
        lock (Gate)
            piece = AllocateInChunk(NativeChunk.UnitsOf(length));
        NativeMemory.Clear(piece, length);
        return piece;
    }

    /// <param name="piece">Of <see cref="Allocate"/>, with the same <paramref name="length"/>.</param>
    public static void Free(void* piece, nuint length)
    {
        if (length is < SmallestPiece or > LargestPiece)
        {
            NativeMemory.Free(piece);
            return;
        }
        lock (Gate)
        {
            var chunk = ByAddress[(nuint)piece & ~(nuint)(NativeChunk.Length - 1)];
            chunk.Free((nuint)piece - chunk.Address, NativeChunk.UnitsOf(length));
            if (chunk.IsEmpty && Chunks.Count > 1)
            {
                Chunks.Remove(chunk);
                ByAddress.Remove(chunk.Address);
                NativeMemory.AlignedFree((void*)chunk.Address);
            }
        }
    }

    private static void* AllocateInChunk(int units)
    {
        foreach (var chunk in Chunks)
        {
            if (chunk.TryTake(units, out nuint offset))
                return (void*)(chunk.Address + offset);
        }
        void* memory = NativeMemory.AlignedAlloc(NativeChunk.Length, NativeChunk.Length);
        // Refused, it stays in small pages.
        if (OperatingSystem.IsLinux())
            _ = Advise(memory, NativeChunk.Length, MadviseHugePage);
        var added = new NativeChunk((nuint)memory);
        Chunks.Add(added);
        ByAddress.Add(added.Address, added);
        added.TryTake(units, out nuint first);
        return (void*)(added.Address + first);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
