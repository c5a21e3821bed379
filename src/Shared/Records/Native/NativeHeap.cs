using System.Runtime.InteropServices;

namespace Shared.Records.Native;

/// <summary>
/// Memory for tables of millions of entries, in the pieces that they grow by: outside the managed heap, where it is free again at once,
/// and in pages of 2 MiB where Linux gives them, because a table that is read at random misses the processor's list of small pages as
/// often as its cache. Pieces from <see cref="SmallestPiece"/> to <see cref="LargestPiece"/> bytes lie in chunks of one such page;
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

    // The chunks by address. Room is looked for in the oldest first, so that younger ones become empty.
    private static readonly OrderedDictionary<nuint, NativeChunk> Chunks = [];

    /// <summary>Bytes of all chunks, the unused ones in them included.</summary>
    public static long Bytes
    {
        get
        {
            lock (Gate)
                return (long)Chunks.Count * NativeChunk.Length;
        }
    }

    /// <summary>Allocates a piece of zeros.</summary>
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
            nuint offset = (nuint)piece % NativeChunk.Length, address = (nuint)piece - offset;
            var chunk = Chunks[address];
            chunk.Free(offset, NativeChunk.UnitsOf(length));
            if (chunk.IsEmpty && Chunks.Count > 1)
            {
                Chunks.Remove(address);
                NativeMemory.AlignedFree((void*)address);
            }
        }
    }

    private static void* AllocateInChunk(int units)
    {
        foreach (var (address, chunk) in Chunks)
        {
            if (chunk.TryTake(units, out nuint offset))
                return (void*)(address + offset);
        }
        void* memory = NativeMemory.AlignedAlloc(NativeChunk.Length, NativeChunk.Length);
        // Refused, it stays in small pages.
        if (OperatingSystem.IsLinux())
            _ = Advise(memory, NativeChunk.Length, MadviseHugePage);
        var added = new NativeChunk();
        Chunks.Add((nuint)memory, added);
        added.TryTake(units, out nuint first);
        return (void*)((nuint)memory + first);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
