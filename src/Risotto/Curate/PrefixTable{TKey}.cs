using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Decode.Bgp;
using Shared.Records.Native;

namespace Risotto.Curate;

/// <summary>
/// A hash table of many small buckets that grow one at a time (linear hashing): no step of growing or shrinking touches more than two
/// buckets of about a thousand routes, so there is neither a pause nor a moment with two tables in memory. Inside a bucket: open
/// addressing, linear probing, backward-shift removal, no tombstones. The slots are in native memory (<see cref="NativeHeap"/>).
/// </summary>
internal sealed class PrefixTable<TKey>(ulong seed) : PrefixTable
    where TKey : unmanaged, IRouteKey<TKey>
{
    // The average number of routes in a bucket above which a bucket is added, and below which one is removed.
    private const int SplitAbove = 1024, MergeBelow = 256;

    private const int SmallestBucket = 8, MergesPerTrim = 64;

    // A bucket is full at 13/16 of its slots, and too large when less than a third is used.
    private const int FullNumerator = 13, FullShift = 4;

    private static readonly int SlotBytes = Unsafe.SizeOf<RouteSlot<TKey>>();

    private Bucket[] _buckets = new Bucket[1];
    private int _count = 1;

    // Linear hashing: the buckets below _split are already split, so one bit more than _mask selects among them.
    private uint _mask;
    private int _split;
    private long _slots;

    public override long Bytes => _slots * SlotBytes + (long)_buckets.Length * Unsafe.SizeOf<Bucket>();

    public override RouteKeyKind Kind => TKey.Kind;

    public override int Buckets => _count;

    /// <summary>
    /// An announcement. The route becomes known with this hash and generation, unless it is new and <paramref name="mayAdd"/> is false.
    /// </summary>
    /// <param name="key">Host bits cleared.</param>
    /// <param name="lengthPlusOne">Prefix length plus one.</param>
    /// <param name="hash">A result of <see cref="RouteWord.Hash"/>.</param>
    /// <param name="generation">The current generation of the family.</param>
    /// <param name="mayAdd">Whether there is room for one more route.</param>
    public RouteChange Announce(TKey key, int lengthPlusOne, ulong hash, byte generation, bool mayAdd)
    {
        ulong code = key.Hash(lengthPlusOne, seed);
        ref var bucket = ref _buckets[IndexOf(code)];
        var slots = bucket.Slots;
        ulong word = RouteWord.Pack(lengthPlusOne, generation, hash);
        if (slots.Length > 0)
        {
            for (uint at = Home(code, slots.Length); ;)
            {
                ref var slot = ref slots[at];
                ulong found = slot.Word;
                if ((byte)found == 0)
                {
                    if (!mayAdd)
                        return RouteChange.Refused;
                    if (bucket.Count >= slots.Length * FullNumerator >> FullShift)
                        break;
                    slot.Key = key;
                    slot.Word = word;
                    bucket.Count++;
                    if (++Count > _count * SplitAbove)
                        Split();
                    return RouteChange.New;
                }
                if (slot.Key.Equals(key) && (byte)found == (byte)lengthPlusOne)
                {
                    if (found == word)
                        return RouteChange.Same;
                    slot.Word = Renewed(found, word);
                    return ((found ^ word) & RouteWord.HashMask) == 0 ? RouteChange.Same : RouteChange.Changed;
                }
                if (++at == (uint)slots.Length)
                    at = 0;
            }
        }
        else if (!mayAdd)
            return RouteChange.Refused;
        Resize(ref bucket, Larger(slots.Length));
        return Announce(key, lengthPlusOne, hash, generation, mayAdd);
    }

    /// <summary>A hint: the route will be looked up soon. Starts to fetch its slot from memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(TKey key, int lengthPlusOne)
    {
        ulong code = key.Hash(lengthPlusOne, seed);
        var slots = _buckets[IndexOf(code)].Slots;
        slots.Prefetch(Home(code, slots.Length));
    }

    /// <summary>A withdrawal: removes the route. False: it was not known.</summary>
    public bool Withdraw(TKey key, int lengthPlusOne)
    {
        ulong code = key.Hash(lengthPlusOne, seed);
        int index = IndexOf(code);
        int at = Find(_buckets[index].Slots, key, lengthPlusOne, code);
        if (at < 0)
            return false;
        RemoveAt(index, at);
        ShrinkBucket(index);
        if (_count > 1 && Count < _count * MergeBelow)
            Merge();
        return true;
    }

    public override bool TryFind(byte? keep, ref int bucket, ref int slot, out RouteIdentity route)
    {
        for (; bucket < _count; bucket++, slot = 0)
        {
            var slots = _buckets[bucket].Slots.AsSpan();
            for (; slot < slots.Length; slot++)
            {
                ulong word = slots[slot].Word;
                if ((byte)word == 0 || keep is { } kept && RouteWord.Generation(word) == kept)
                    continue;
                route = slots[slot].Key.Identity(RouteWord.LengthPlusOne(word) - 1);
                return true;
            }
            if (slot > 0)
                ShrinkBucket(bucket);
        }
        route = default;
        return false;
    }

    public override void RemoveAt(int bucket, int slot)
    {
        var slots = _buckets[bucket].Slots;
        uint hole = (uint)slot, length = (uint)slots.Length;
        for (uint next = hole; ;)
        {
            if (++next == length)
                next = 0;
            ulong word = slots[next].Word;
            if ((byte)word == 0)
                break;
            uint home = Home(slots[next].Key.Hash((byte)word, seed), slots.Length);
            // It may move to the hole unless its home is after the hole, counted cyclically.
            bool stays = hole <= next ? hole < home && home <= next : hole < home || home <= next;
            if (stays)
                continue;
            slots[hole] = slots[next];
            hole = next;
        }
        slots[hole] = default;
        _buckets[bucket].Count--;
        Count--;
    }

    public override void Clear()
    {
        foreach (ref readonly var bucket in _buckets.AsSpan())
            bucket.Slots.Free();
        _buckets = new Bucket[1];
        (_count, _mask, _split, _slots) = (1, 0, 0, 0);
        Count = 0;
        Merges++;
    }

    public override bool Trim()
    {
        if (Count == 0 && _slots > 0)
            Clear();
        for (int i = 0; i < MergesPerTrim; i++)
        {
            if (_count == 1 || Count >= _count * MergeBelow)
                return true;
            Merge();
        }
        return false;
    }

    public override bool MarkUnknown(in RouteIdentity route, byte generation)
    {
        var key = TKey.Create(route);
        ulong code = key.Hash(route.Length + 1, seed);
        var slots = _buckets[IndexOf(code)].Slots;
        int at = Find(slots, key, route.Length + 1, code);
        if (at >= 0)
        {
            slots[(uint)at].Word &= ~RouteWord.HashMask;
            return false;
        }
        Announce(key, route.Length + 1, RouteWord.UnknownHash, generation, mayAdd: true);
        return true;
    }

    public override void MarkAllUnknown()
    {
        foreach (ref readonly var bucket in _buckets.AsSpan())
        {
            foreach (ref var slot in bucket.Slots.AsSpan())
                slot.Word &= ~RouteWord.HashMask;
        }
    }

    public override void Age(byte current, byte old)
    {
        foreach (ref readonly var bucket in _buckets.AsSpan())
        {
            foreach (ref var slot in bucket.Slots.AsSpan())
            {
                if ((byte)slot.Word != 0 && RouteWord.Generation(slot.Word) != current)
                    slot.Word = RouteWord.WithGeneration(slot.Word, old);
            }
        }
    }

    public override int BucketBytes(int bucket) => bucket < _count ? _buckets[bucket].Count * SlotBytes : 0;

    public override int CopyBucket(int bucket, Span<byte> bytes)
    {
        var target = MemoryMarshal.Cast<byte, RouteSlot<TKey>>(bytes);
        int copied = 0;
        foreach (ref readonly var slot in _buckets[bucket].Slots.AsSpan())
        {
            if ((byte)slot.Word != 0)
                target[copied++] = slot;
        }
        return copied * SlotBytes;
    }

    public override bool TryLoad(ReadOnlySpan<byte> bytes, byte generation)
    {
        if (bytes.Length % SlotBytes != 0)
            return false;
        foreach (ref readonly var slot in MemoryMarshal.Cast<byte, RouteSlot<TKey>>(bytes))
        {
            if ((byte)slot.Word is 0 or > RouteWord.MaxLengthPlusOne)
                return false;
            Announce(slot.Key, RouteWord.LengthPlusOne(slot.Word), slot.Word & RouteWord.HashMask, generation, mayAdd: true);
        }
        return true;
    }

    /// <returns>The slot; -1: the route is not known.</returns>
    private static int Find(NativeArray<RouteSlot<TKey>> slots, TKey key, int lengthPlusOne, ulong code)
    {
        if (slots.Length == 0)
            return -1;
        for (uint at = Home(code, slots.Length); (byte)slots[at].Word != 0;)
        {
            if (slots[at].Key.Equals(key) && (byte)slots[at].Word == (byte)lengthPlusOne)
                return (int)at;
            if (++at == (uint)slots.Length)
                at = 0;
        }
        return -1;
    }

    private static uint Home(ulong code, int slots) => (uint)((code >> 32) * (uint)slots >> 32);

    private static int Larger(int slots) => slots == 0 ? SmallestBucket : slots + (slots >> 1);

    // The slots for so many routes, with room for a few more.
    private static int Fitting(int routes) => Math.Max(SmallestBucket, (routes << FullShift) / FullNumerator + (routes >> 2) + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(ulong code)
    {
        int index = (int)(code & _mask);
        return index < _split ? (int)(code & (_mask << 1 | 1)) : index;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Resize(ref Bucket bucket, int length)
    {
        _slots += length - bucket.Slots.Length;
        bucket.Slots = Copy(bucket.Slots, length);
    }

    private NativeArray<RouteSlot<TKey>> Copy(NativeArray<RouteSlot<TKey>> old, int length)
    {
        var slots = new NativeArray<RouteSlot<TKey>>(length);
        Move(old, slots);
        return slots;
    }

    // Moves the routes and frees the old slots.
    private void Move(NativeArray<RouteSlot<TKey>> old, NativeArray<RouteSlot<TKey>> slots)
    {
        foreach (ref readonly var slot in old.AsSpan())
        {
            if ((byte)slot.Word != 0)
                Place(slots, slot.Key.Hash((byte)slot.Word, seed), slot);
        }
        old.Free();
    }

    private void Add(ref NativeArray<RouteSlot<TKey>> slots, ref int count, ulong code, in RouteSlot<TKey> slot)
    {
        if (count++ >= slots.Length * FullNumerator >> FullShift)
            slots = Copy(slots, Larger(slots.Length));
        Place(slots, code, slot);
    }

    private static void Place(NativeArray<RouteSlot<TKey>> slots, ulong code, in RouteSlot<TKey> slot)
    {
        uint at = Home(code, slots.Length);
        while ((byte)slots[at].Word != 0)
        {
            if (++at == (uint)slots.Length)
                at = 0;
        }
        slots[at] = slot;
    }

    private void ShrinkBucket(int index)
    {
        ref var bucket = ref _buckets[index];
        var slots = bucket.Slots;
        if (bucket.Count * 3 >= slots.Length)
            return;
        if (bucket.Count == 0)
        {
            slots.Free();
            bucket.Slots = default;
            _slots -= slots.Length;
        }
        else if (slots.Length > SmallestBucket)
            Resize(ref bucket, Fitting(bucket.Count));
    }

    // Adds a bucket: bucket _split shares its routes with it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Split()
    {
        if (_count == _buckets.Length)
        {
            Array.Resize(ref _buckets, _buckets.Length * 2);
            Allocated += _buckets.Length * Unsafe.SizeOf<Bucket>();
        }
        ref var low = ref _buckets[_split];
        ref var high = ref _buckets[_count];
        uint bit = _mask + 1;
        var old = low.Slots.AsSpan();
        // Nearly always half of them go each way. But a state file is read bucket by bucket, and then they may all go one way.
        int length = Fitting(low.Count / 2 + low.Count / 4), staying = 0, moving = 0;
        var lowSlots = new NativeArray<RouteSlot<TKey>>(length);
        var highSlots = new NativeArray<RouteSlot<TKey>>(length);
        foreach (ref readonly var slot in old)
        {
            if ((byte)slot.Word == 0)
                continue;
            ulong code = slot.Key.Hash((byte)slot.Word, seed);
            if ((code & bit) != 0)
                Add(ref highSlots, ref moving, code, slot);
            else
                Add(ref lowSlots, ref staying, code, slot);
        }
        _slots += lowSlots.Length + highSlots.Length - old.Length;
        low.Slots.Free();
        (low.Slots, low.Count) = (lowSlots, staying);
        (high.Slots, high.Count) = (highSlots, moving);
        _count++;
        if (++_split > _mask)
        {
            _mask = _mask << 1 | 1;
            _split = 0;
        }
    }

    // Removes the last bucket: its routes go back to the bucket that it was split from.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Merge()
    {
        if (_split == 0)
        {
            _mask >>= 1;
            _split = (int)_mask + 1;
        }
        _split--;
        _count--;
        Merges++;
        ref var low = ref _buckets[_split];
        ref var high = ref _buckets[_count];
        var slots = new NativeArray<RouteSlot<TKey>>(Fitting(low.Count + high.Count));
        Move(low.Slots, slots);
        Move(high.Slots, slots);
        _slots += slots.Length - low.Slots.Length - high.Slots.Length;
        (low.Slots, low.Count) = (slots, low.Count + high.Count);
        high = default;
        if (_count * 4 <= _buckets.Length)
            Array.Resize(ref _buckets, _count * 2);
    }

    private struct Bucket
    {
        public NativeArray<RouteSlot<TKey>> Slots;
        public int Count;
    }
}
