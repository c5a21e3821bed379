using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>Where an UPDATE's prefixes went; the sum goes on over repeated calls.</summary>
internal struct CuratedCount
{
    public int Emitted, Suppressed, Refused;

    /// <summary>Prefixes of the UPDATE that are dealt with.</summary>
    public readonly int Done => Emitted + Suppressed + Refused;
}

/// <summary>
/// <see cref="UpdateAppender"/> with the curation between prefix and record: a record is made for a route that is new, that has
/// changed, or that was known and goes. Room for it is found before the route's state changes, so a call that finds no free
/// batch leaves nothing half done.
/// </summary>
/// <param name="shard">Takes the records.</param>
/// <param name="message">The BGP message.</param>
/// <param name="update">What was read of it.</param>
/// <param name="view">Whose it is.</param>
/// <param name="rib">The live routes of that view.</param>
/// <param name="hashSeed">Of the attributes' hashes; null: changes of attributes do not count.</param>
/// <param name="receivedNs">When it was read, nanoseconds since 1970 UTC.</param>
/// <param name="bmpHeaderNs">The router's own time.</param>
internal ref struct CuratedAppender(
    ShardWriter shard, ReadOnlySpan<byte> message, DecodedUpdate update, PeerView view, ViewRib rib, ulong? hashSeed, ulong receivedNs, ulong bmpHeaderNs)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private readonly int _maxSize = UpdateEncoder.MaxSize(view, update.Attributes.End - update.Attributes.Start);
    private readonly bool _isTreatedAsWithdraw = update.Action == BmpErrorAction.TreatAsWithdraw;
    private FamilyRib _family = null!;
    private ulong _hash, _sequence;
    private int _position;

    /// <summary>False: no batch is free; to be repeated with the same message.</summary>
    public bool TryAppend(ref CuratedCount count, ref ulong sequence)
    {
        int before = 0;
        for (int fields = update.PresentFields; fields != 0; fields &= fields - 1)
        {
            int index = BitOperations.TrailingZeroCount(fields);
            ref readonly var field = ref update.Fields[index];
            if (count.Done < before + field.Prefixes && !TryAppendField(index, field, count.Done - before, ref count, ref sequence))
                return false;
            before += field.Prefixes;
        }
        return true;
    }

    private bool TryAppendField(int index, in NlriField field, int skip, ref CuratedCount count, ref ulong sequence)
    {
        _position = field.Start;
        for (; skip > 0; skip--)
            _position += (field.HasPathIds ? 4 : 0) + 1 + ((_message[_position + (field.HasPathIds ? 4 : 0)] + 7) >> 3);
        _family = rib.Family(field.Family.Index);
        bool announces = field.IsAnnouncement && !_isTreatedAsWithdraw;
        _hash = !announces ? 0 : hashSeed is { } seed ? AttributeHash.Of(_message, update, index, seed) : RouteWord.Hash(0);
        _sequence = sequence;
        while (_position < field.End)
        {
            if (!shard.TryReserve(_maxSize, out var space))
                return false;
            int octets, before = count.Emitted;
            if (field.Family.HasLabels)
                octets = FillLabelled(space, index, field, announces, ref count);
            else if (field.Family.IsIpv4)
                octets = announces ? Fill<AnnouncedIpv4>(space, index, field, ref count) : Fill<WithdrawnIpv4>(space, index, field, ref count);
            else
                octets = announces ? Fill<AnnouncedIpv6>(space, index, field, ref count) : Fill<WithdrawnIpv6>(space, index, field, ref count);
            if (octets > 0)
                shard.Commit(octets, count.Emitted - before);
            sequence = _sequence;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Fill<TPrefix>(Span<byte> space, int index, in NlriField field, ref CuratedCount count)
        where TPrefix : struct, IPrefix
    {
        var message = _message;
        var family = _family;
        bool hasPathIds = field.HasPathIds;
        int position = _position, end = field.End, at = 0, size = 0, needed = _maxSize;
        int emitted = 0, suppressed = 0, refused = 0;
        ulong hash = _hash;
        do
        {
            uint pathId = 0;
            if (hasPathIds)
            {
                pathId = BinaryPrimitives.ReadUInt32BigEndian(message[position..]);
                position += 4;
            }
            int length = message[position];
            position += 1 + ((length + 7) >> 3);
            var change = TPrefix.Decide(family, message, position, length, hasPathIds, pathId, hash, out var address);
            if (change == RouteChange.Same)
            {
                suppressed++;
                continue;
            }
            if (change == RouteChange.Refused)
            {
                refused++;
                continue;
            }
            var record = space[at..];
            if (size > 0)
                Block64.Copy(space[..needed], record);
            else
            {
                size = UpdateEncoder.LayOut(record, message, update, index, view, receivedNs, bmpHeaderNs);
                needed = Block64.RoundUp(size);
            }
            ref var row = ref MemoryMarshal.AsRef<UpdateRow>(record);
            row.PathId = pathId;
            row.PrefixLen = (byte)length;
            row.PrefixAddr = address;
            row.Sequence = _sequence + (uint)++emitted;
            at += size;
        }
        while (position < end && space.Length - at >= needed);
        _position = position;
        _sequence += (uint)emitted;
        count.Emitted += emitted;
        count.Suppressed += suppressed;
        count.Refused += refused;
        return at;
    }

    // One prefix: the label list makes each record another size.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FillLabelled(Span<byte> space, int index, in NlriField field, bool announces, ref CuratedCount count)
    {
        var prefix = new LabelledPrefix(_message, ref _position, field);
        var route = prefix.Route;
        // The labels are not in the attributes.
        ulong hash = hashSeed is null ? _hash : RouteWord.Hash(XxHash3.HashToUInt64(prefix.Labels, (long)_hash));
        var change = field.Family.HasRouteDistinguisher
            ? announces ? _family.AnnounceVpn(route, hash) : _family.WithdrawVpn(route)
            : announces ? AnnounceUnicast(field.Family, route, hash) : WithdrawUnicast(field.Family, route);
        if (change == RouteChange.Same)
            count.Suppressed++;
        else if (change == RouteChange.Refused)
            count.Refused++;
        else
        {
            int size = UpdateEncoder.LayOut(space, _message, update, index, view, receivedNs, bmpHeaderNs);
            prefix.Write(space, ref size);
            MemoryMarshal.AsRef<UpdateRow>(space).Sequence = ++_sequence;
            count.Emitted++;
            return size;
        }
        return 0;
    }

    private RouteChange AnnounceUnicast(AddressFamily family, in RouteIdentity route, ulong hash) => (family.IsIpv4, route.HasPathId) switch
    {
        (true, true) => _family.AnnounceIpv4((uint)(route.High >> 32), route.Length, route.PathId, hash),
        (true, false) => _family.AnnounceIpv4((uint)(route.High >> 32), route.Length, hash),
        (false, true) => _family.AnnounceIpv6(route.High, route.Low, route.Length, route.PathId, hash),
        _ => _family.AnnounceIpv6(route.High, route.Low, route.Length, hash),
    };

    private RouteChange WithdrawUnicast(AddressFamily family, in RouteIdentity route) => (family.IsIpv4, route.HasPathId) switch
    {
        (true, true) => _family.WithdrawIpv4((uint)(route.High >> 32), route.Length, route.PathId),
        (true, false) => _family.WithdrawIpv4((uint)(route.High >> 32), route.Length),
        (false, true) => _family.WithdrawIpv6(route.High, route.Low, route.Length, route.PathId),
        _ => _family.WithdrawIpv6(route.High, route.Low, route.Length),
    };

    private interface IPrefix
    {
        /// <summary>Tells the table of the prefix that ends before <paramref name="end"/>.</summary>
        static abstract RouteChange Decide(
            FamilyRib family, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, ulong hash, out Ipv6Address address);
    }

    private readonly struct AnnouncedIpv4 : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            FamilyRib family, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, ulong hash, out Ipv6Address address)
        {
            uint prefix = NlriReader.Ipv4(message, end, length);
            address = Ipv6Address.FromV4(prefix);
            return hasPathId ? family.AnnounceIpv4(prefix, length, pathId, hash) : family.AnnounceIpv4(prefix, length, hash);
        }
    }

    private readonly struct WithdrawnIpv4 : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            FamilyRib family, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, ulong hash, out Ipv6Address address)
        {
            uint prefix = NlriReader.Ipv4(message, end, length);
            address = Ipv6Address.FromV4(prefix);
            return hasPathId ? family.WithdrawIpv4(prefix, length, pathId) : family.WithdrawIpv4(prefix, length);
        }
    }

    private readonly struct AnnouncedIpv6 : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            FamilyRib family, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, ulong hash, out Ipv6Address address)
        {
            var (high, low) = NlriReader.Ipv6(message, end, length);
            address = new Ipv6Address(BinaryPrimitives.ReverseEndianness(high), BinaryPrimitives.ReverseEndianness(low));
            return hasPathId ? family.AnnounceIpv6(high, low, length, pathId, hash) : family.AnnounceIpv6(high, low, length, hash);
        }
    }

    private readonly struct WithdrawnIpv6 : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            FamilyRib family, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, ulong hash, out Ipv6Address address)
        {
            var (high, low) = NlriReader.Ipv6(message, end, length);
            address = new Ipv6Address(BinaryPrimitives.ReverseEndianness(high), BinaryPrimitives.ReverseEndianness(low));
            return hasPathId ? family.WithdrawIpv6(high, low, length, pathId) : family.WithdrawIpv6(high, low, length);
        }
    }
}
