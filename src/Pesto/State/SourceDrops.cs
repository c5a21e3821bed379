using System.Runtime.CompilerServices;

namespace Pesto.State;

/// <summary>
/// Follows the <c>drops</c> of each data source of an agent: the samples that it lost since its start. The table uses open addressing,
/// because each flow sample needs one look-up.
/// </summary>
internal sealed class SourceDrops
{
    /// <summary>Data sources of one agent that are followed; further ones are not.</summary>
    public const int MaxSources = 1024;

    private const int WordBits = 64;

    // The length is a power of two. A free slot has the key 0, a used one its source plus one.
    private Slot[] _slots = new Slot[8];
    private int _count;

    // Interfaces (type 0) by number: a set bit means that the table holds the source, with no drops.
    private QuietSources _quiet;

    /// <returns>Samples that the source has lost since the last call; 0 at the first call.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Observe(byte sourceIdType, uint sourceId, uint drops)
    {
        // This holds for nearly every sample.
        if ((sourceIdType | drops) == 0 && sourceId < MaxSources && (_quiet[(int)(sourceId / WordBits)] >> (int)sourceId & 1) != 0)
            return 0;
        return ObserveInTable(sourceIdType, sourceId, drops);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint ObserveInTable(byte sourceIdType, uint sourceId, uint drops)
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
            // If there are fewer than before, the agent has started to count again, and all of these are new. Only a count in the upper
            // half can wrap.
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
        // Agents number their sources one by one: unhashed keys collide least.
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
