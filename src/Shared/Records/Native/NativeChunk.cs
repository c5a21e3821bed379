using System.Numerics;

namespace Shared.Records.Native;

/// <summary>
/// Records with one bit each which units of a chunk are in use. A piece gets the first run of free units that is long enough.
/// </summary>
internal sealed class NativeChunk
{
    /// <summary>
    /// The size in bytes. The memory's address is a multiple of it. It is the large page of x86-64, and of arm64 with pages of 4 KiB.
    /// </summary>
    public const int Length = 2 << 20;

    private const int UnitLength = 512, Units = Length / UnitLength, WordBits = 64;

    private readonly ulong[] _used = new ulong[Units / WordBits];
    private int _free = Units;

    public bool IsEmpty => _free == Units;

    public static int UnitsOf(nuint length) => (int)((length + UnitLength - 1) / UnitLength);

    /// <param name="units">More than none.</param>
    /// <param name="offset">Bytes from the start of the chunk.</param>
    public bool TryTake(int units, out nuint offset)
    {
        offset = 0;
        if (units > _free)
            return false;
        for (int start = Next(0, isUsed: false); start + units <= Units;)
        {
            int end = Next(start, isUsed: true);
            if (end - start >= units)
            {
                Mark(start, units);
                _free -= units;
                offset = (nuint)start * UnitLength;
                return true;
            }
            start = Next(end, isUsed: false);
        }
        return false;
    }

    /// <param name="offset">Where <see cref="TryTake"/> put it.</param>
    /// <param name="units">As many as it took.</param>
    public void Free(nuint offset, int units)
    {
        Mark((int)(offset / UnitLength), units);
        _free += units;
    }

    // Returns the first unit at the place or after it that is used, or is not; Units: there is none.
    private int Next(int unit, bool isUsed)
    {
        ulong mask = ulong.MaxValue << unit;
        for (int word = unit / WordBits; word < _used.Length; word++, mask = ulong.MaxValue)
        {
            ulong bits = (isUsed ? _used[word] : ~_used[word]) & mask;
            if (bits != 0)
                return word * WordBits + BitOperations.TrailingZeroCount(bits);
        }
        return Units;
    }

    // Free ones become used, used ones free.
    private void Mark(int unit, int units)
    {
        for (int end = unit + units; unit < end;)
        {
            int bits = Math.Min(end - unit, WordBits - unit % WordBits);
            _used[unit / WordBits] ^= ulong.MaxValue >> (WordBits - bits) << unit;
            unit += bits;
        }
    }
}
