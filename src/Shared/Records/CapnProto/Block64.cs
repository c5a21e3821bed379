using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Shared.Records.CapnProto;

/// <summary>
/// Copies a record in whole blocks of 64 bytes, inline: a call to the runtime's copy costs more than the few blocks of a record. The
/// bytes copied after the record's end are overwritten by the next record, or never committed.
/// </summary>
public static class Block64
{
    public const int Size = 64;

    /// <summary>The length of the whole blocks that hold <paramref name="bytes"/>.</summary>
    public static int RoundUp(int bytes) => bytes + Size - 1 & -Size;

    /// <summary>Copies all of <paramref name="source"/>, whole blocks, to the start of <paramref name="target"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var from = MemoryMarshal.Cast<byte, Vector512<byte>>(source);
        var to = MemoryMarshal.Cast<byte, Vector512<byte>>(target)[..from.Length];
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i];
    }
}
