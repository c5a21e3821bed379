using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>
/// Appends one record per prefix of an UPDATE to the open batch. The first record of a field is laid out in place; the further
/// ones are copies of it with the prefix changed. Where the batch ends in the middle of an UPDATE the next batch goes on
/// with the next prefix; where no batch is free the call is to be repeated and goes on where it stopped.
/// </summary>
internal ref struct UpdateAppender(
    ShardWriter shard, ReadOnlySpan<byte> message, DecodedUpdate update, PeerView view, ulong receivedNs, ulong bmpHeaderNs)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private readonly int _maxSize = UpdateEncoder.MaxSize(view, update.Attributes.End - update.Attributes.Start);
    private int _position;

    /// <summary>Prefixes of the UPDATE that are in a batch, <paramref name="done"/>, and the router's sequence number; both go on.</summary>
    public bool TryAppend(ref int done, ref ulong sequence)
    {
        int before = 0;
        for (int fields = update.PresentFields; fields != 0; fields &= fields - 1)
        {
            int index = BitOperations.TrailingZeroCount(fields);
            ref readonly var field = ref update.Fields[index];
            if (done < before + field.Prefixes && !TryAppendField(index, field, done - before, ref done, ref sequence))
                return false;
            before += field.Prefixes;
        }
        return true;
    }

    private bool TryAppendField(int index, in NlriField field, int skip, ref int done, ref ulong sequence)
    {
        _position = field.Start;
        for (; skip > 0; skip--)
            _position = Next(_position, field.HasPathIds);
        while (_position < field.End)
        {
            if (!shard.TryReserve(_maxSize, out var space))
                return false;
            int size = UpdateEncoder.LayOut(space, _message, update, index, view, receivedNs, bmpHeaderNs);
            int records;
            if (field.Family.HasLabels)
                records = FillLabelled(space, ref size, field, ref sequence);
            else if (field.Family.IsIpv4)
                records = Fill<Ipv4Prefix>(space, size, field, ref sequence);
            else
                records = Fill<Ipv6Prefix>(space, size, field, ref sequence);
            shard.Commit(size * records, records);
            done += records;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Fill<TPrefix>(Span<byte> space, int size, in NlriField field, ref ulong sequence)
        where TPrefix : struct, IPrefix
    {
        ReadOnlySpan<byte> first = space[..Block64.RoundUp(size)];
        var message = _message;
        bool hasPathIds = field.HasPathIds;
        int position = _position, end = field.End, at = 0, records = 0;
        ulong number = sequence;
        do
        {
            var record = space[at..];
            if (at > 0)
                Block64.Copy(first, record);
            ref var row = ref MemoryMarshal.AsRef<UpdateRow>(record);
            if (hasPathIds)
            {
                row.PathId = BinaryPrimitives.ReadUInt32BigEndian(message[position..]);
                position += 4;
            }
            int length = message[position];
            position += 1 + ((length + 7) >> 3);
            row.PrefixLen = (byte)length;
            row.PrefixAddr = TPrefix.Read(message, position, length);
            row.Sequence = ++number;
            records++;
            at += size;
        }
        while (position < end && space.Length - at >= first.Length);
        _position = position;
        sequence = number;
        return records;
    }

    // One record with labels, and with an RD in a VPN family; `size` grows by the label list.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FillLabelled(Span<byte> space, ref int size, in NlriField field, ref ulong sequence)
    {
        new LabelledPrefix(_message, ref _position, field).Write(space, ref size);
        MemoryMarshal.AsRef<UpdateRow>(space).Sequence = ++sequence;
        return 1;
    }

    private readonly int Next(int position, bool hasPathIds)
    {
        position += hasPathIds ? 4 : 0;
        return position + 1 + ((_message[position] + 7) >> 3);
    }

    private interface IPrefix
    {
        static abstract Ipv6Address Read(ReadOnlySpan<byte> message, int end, int length);
    }

    private readonly struct Ipv4Prefix : IPrefix
    {
        public static Ipv6Address Read(ReadOnlySpan<byte> message, int end, int length) =>
            Ipv6Address.FromV4(NlriReader.Ipv4(message, end, length));
    }

    private readonly struct Ipv6Prefix : IPrefix
    {
        public static Ipv6Address Read(ReadOnlySpan<byte> message, int end, int length)
        {
            var (high, low) = NlriReader.Ipv6(message, end, length);
            return new Ipv6Address(BinaryPrimitives.ReverseEndianness(high), BinaryPrimitives.ReverseEndianness(low));
        }
    }
}
