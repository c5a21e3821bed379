using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>Appends synthetic withdraws of one view and family: an <c>Update</c> record with <c>synthetic</c> set and without attributes.</summary>
internal readonly ref struct WithdrawAppender(ShardWriter shard, RecordTemplate template, AddressFamily family, ulong nowNs)
{
    // ORIGIN's text.
    private const int ListOctets = 16;

    /// <summary>False: no batch is free, and the call is to be repeated.</summary>
    public bool TryAppend(in RouteIdentity route, ref ulong sequence)
    {
        int size = template.Length + ListOctets;
        if (!shard.TryReserve(Block64.RoundUp(size), out var space))
            return false;
        Block64.Copy(template.Octets, space);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(space);
        row.TimeReceivedNs = row.TimeBmpHeaderNs = nowNs;
        row.Bits |= UpdateBits.Synthetic | (route.HasPathId ? UpdateBits.HasPathId : 0);
        row.Afi = family.Afi;
        row.Safi = family.Safi;
        row.PathId = route.PathId;
        row.RouteDistinguisher = route.RouteDistinguisher;
        row.PrefixLen = route.Length;
        row.PrefixAddr = family.IsIpv4
            ? Ipv6Address.FromV4((uint)(route.High >> 32))
            : new Ipv6Address(BinaryPrimitives.ReverseEndianness(route.High), BinaryPrimitives.ReverseEndianness(route.Low));
        row.Sequence = ++sequence;
        int end = template.Length;
        UpdateEncoder.WriteUnknownOrigin(space, ref end);
        row.SegmentWords = (uint)(end - 8) / 8;
        shard.Commit(end, 1);
        return true;
    }
}
