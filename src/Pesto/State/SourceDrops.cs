using System.Runtime.CompilerServices;

namespace Pesto.State;

/// <summary>
/// The <c>drops</c> of each data source of an agent, which count the samples that it lost since its start. A table of open addressing:
/// one look for each flow sample.
/// </summary>
internal sealed class SourceDrops
{
    /// <summary>Data sources of one agent; those beyond are not followed.</summary>
    public const int MaxSources = 1024;

    private const int WordBits = 64;

    // Power of two; a free slot has the key 0, the others their source plus one.
    private Slot[] _slots = new Slot[8];
    private int _count;

    // Interfaces (type 0) by number: a set bit means that the source is noted, with no drops.
    private QuietSources _quiet;

    /// <summary>How many samples the source has lost since it was noted last; 0 at the first time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Note(byte sourceIdType, uint sourceId, uint drops)
    {
        // Nearly every sample.
        if ((sourceIdType | drops) == 0 && sourceId < MaxSources && (_quiet[(int)(sourceId / WordBits)] >> (int)sourceId & 1) != 0)
            return 0;
        return NoteInTable(sourceIdType, sourceId, drops);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint NoteInTable(byte sourceIdType, uint sourceId, uint drops)
    {
        ulong key = (((ulong)sourceIdType << 32) | sourceId) + 1;
        ref var slot = ref Find(key);
        uint lost = 0;
        if (slot.Key == 0)
        {
            if (_count == MaxSources)
                return 0;
            if (_count >= _slots.Length / 2)
            {
                Grow();
                slot = ref Find(key);
            }
            slot.Key = key;
            _count++;
        }
        else
        {
            // Fewer than before: the agent counts anew, and all of these are new. It wraps in the upper half only.
            uint step = drops - slot.Drops;
            lost = step < 1u << 31 ? step : drops;
        }
        slot.Drops = drops;
        if (sourceIdType == 0 && sourceId < MaxSources)
        {
            ref ulong word = ref _quiet[(int)(sourceId / WordBits)];
            ulong bit = 1ul << (int)sourceId;
            word = drops == 0 ? word | bit : word & ~bit;
        }
        return lost;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot Find(ulong key)
    {
        int mask = _slots.Length - 1;
        // Sources are numbered one by one: as they are they collide least.
        int at = (int)(key ^ key >> 32) & mask;
        while (_slots[at].Key != key && _slots[at].Key != 0)
            at = (at + 1) & mask;
        return ref _slots[at];
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot.Key != 0)
                Find(slot.Key) = slot;
        }
    }

    private record struct Slot(ulong Key, uint Drops);

    [InlineArray(MaxSources / WordBits)]
    private struct QuietSources
    {
        private ulong _first;
    }
}
