using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Encode;
using Risotto.Record;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Pipeline;

/// <summary>
/// Walks the prefixes of an UPDATE once: the verdict decides on each, and the encoder writes a record of each that passes into the open
/// batch. The first record of a field is laid out in place; the further ones are copies of it with another prefix. Where the batch ends
/// in the middle of an UPDATE the next batch goes on with the next prefix. Room for a record is found before its verdict, so a call that
/// finds no free batch leaves nothing half done.
/// </summary>
/// <param name="shard">Takes the records.</param>
/// <param name="message">The BGP message.</param>
/// <param name="update">The result of reading it.</param>
/// <param name="template">The first bytes of the view's records.</param>
/// <param name="verdict">Decides on each prefix.</param>
internal ref struct UpdateAppender<TVerdict>(
    ShardWriter shard, ReadOnlySpan<byte> message, DecodedUpdate update, RecordTemplate template, TVerdict verdict)
    where TVerdict : struct, IPrefixVerdict
{
    private readonly ReadOnlySpan<byte> _message = message;
    private readonly int _maxSize = UpdateEncoder.MaxSize(template, update.Attributes.End - update.Attributes.Start);
    private TVerdict _verdict = verdict;
    private ulong _sequence;
    private int _position;

    /// <summary>False: no batch is free; the call is to be repeated with the same message and counts.</summary>
    /// <param name="counts">The prefixes that are done.</param>
    /// <param name="sequence">The number of the router's last record.</param>
    public bool TryAppend(ref PrefixCounts counts, ref ulong sequence)
    {
        int before = 0;
        for (int fields = update.PresentFields; fields != 0; fields &= fields - 1)
        {
            int index = BitOperations.TrailingZeroCount(fields);
            ref readonly var field = ref update.Fields[index];
            if (counts.Done < before + field.Prefixes && !TryAppendField(index, field, counts.Done - before, ref counts, ref sequence))
                return false;
            before += field.Prefixes;
        }
        return true;
    }

    private bool TryAppendField(int index, in NlriField field, int skip, ref PrefixCounts counts, ref ulong sequence)
    {
        _position = field.Start;
        for (; skip > 0; skip--)
            _position = NlriReader.Next(_message, _position, field.HasPathIds);
        _verdict.Begin(_message, update, index);
        _sequence = sequence;
        while (_position < field.End)
        {
            if (!shard.TryReserve(_maxSize, out var space))
                return false;
            int bytes, emitted, size = 0;
            if (TVerdict.PassesAll && !field.Family.HasLabels)
                size = UpdateEncoder.LayOut(space, _message, update, index, template);
            if (field.Family.HasLabels)
                bytes = FillLabelled(space, index, field, ref counts, out emitted);
            else if (field.Family.IsIpv4)
                bytes = Fill<Ipv4Prefix>(space, size, index, field, ref counts, out emitted);
            else
                bytes = Fill<Ipv6Prefix>(space, size, index, field, ref counts, out emitted);
            if (bytes > 0)
                shard.Commit(bytes, emitted);
            sequence = _sequence;
        }
        return true;
    }

    // `size` is that of the first record, where it is laid out already; else 0.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Fill<TPrefix>(Span<byte> space, int size, int index, in NlriField field, ref PrefixCounts counts, out int emitted)
        where TPrefix : struct, IPrefix
    {
        var message = _message;
        var verdict = _verdict;
        bool hasPathIds = field.HasPathIds;
        int position = _position, end = field.End, at = 0, written = 0, suppressed = 0, refused = 0;
        ulong sequence = _sequence;
        ReadOnlySpan<byte> first = space[..(TVerdict.PassesAll ? Block64.RoundUp(size) : _maxSize)];
        do
        {
            uint pathId = 0;
            if (hasPathIds)
            {
                pathId = BinaryPrimitives.ReadUInt32BigEndian(message[position..]);
                position += NlriReader.PathIdLength;
            }
            int length = message[position];
            position += 1 + ((length + 7) >> 3);
            var change = TPrefix.Decide(ref verdict, message, position, length, hasPathIds, pathId, out var address);
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
            if (at > 0)
                Block64.Copy(first, record);
            else if (!TVerdict.PassesAll)
            {
                size = UpdateEncoder.LayOut(record, message, update, index, template);
                first = space[..Block64.RoundUp(size)];
            }
            ref var row = ref MemoryMarshal.AsRef<UpdateRow>(record);
            row.PathId = pathId;
            row.PrefixLen = (byte)length;
            row.PrefixAddr = address;
            row.Sequence = ++sequence;
            written++;
            at += size;
        }
        while (position < end && space.Length - at >= first.Length);
        _position = position;
        _sequence = sequence;
        emitted = written;
        counts.Done += written + suppressed + refused;
        if (!TVerdict.PassesAll)
        {
            counts.Suppressed += suppressed;
            counts.Refused += refused;
        }
        return at;
    }

    // One prefix at a time: the label list makes each record a different size.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FillLabelled(Span<byte> space, int index, in NlriField field, ref PrefixCounts counts, out int emitted)
    {
        emitted = 0;
        counts.Done++;
        var prefix = new LabelledPrefix(_message, ref _position, field);
        switch (_verdict.Labelled(prefix))
        {
            case RouteChange.Same:
                counts.Suppressed++;
                return 0;
            case RouteChange.Refused:
                counts.Refused++;
                return 0;
        }
        int size = UpdateEncoder.LayOut(space, _message, update, index, template);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(space);
        UpdateEncoder.WriteRoute(ref row, field.Family, prefix.Route);
        row.Sequence = ++_sequence;
        MplsLabelList.Write(space, ref size, prefix.Labels);
        emitted = 1;
        return size;
    }

    private interface IPrefix
    {
        /// <summary>Reads the prefix that ends before <paramref name="end"/> and asks for the verdict on it.</summary>
        static abstract RouteChange Decide(
            ref TVerdict verdict, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, out Ipv6Address address);
    }

    private readonly struct Ipv4Prefix : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            ref TVerdict verdict, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, out Ipv6Address address)
        {
            uint prefix = NlriReader.Ipv4(message, end, length);
            address = Ipv6Address.FromV4(prefix);
            return verdict.Ipv4(prefix, length, hasPathId, pathId);
        }
    }

    private readonly struct Ipv6Prefix : IPrefix
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RouteChange Decide(
            ref TVerdict verdict, ReadOnlySpan<byte> message, int end, int length, bool hasPathId, uint pathId, out Ipv6Address address)
        {
            var (high, low) = NlriReader.Ipv6(message, end, length);
            address = new Ipv6Address(BinaryPrimitives.ReverseEndianness(high), BinaryPrimitives.ReverseEndianness(low));
            return verdict.Ipv6(high, low, length, hasPathId, pathId);
        }
    }
}
