using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>One prefix of a labelled or VPN family: RFC 8277 2.2 labels, RFC 4364 4.3.4 Route Distinguisher, then the prefix.</summary>
internal readonly ref struct LabelledPrefix
{
    private readonly AddressFamily _family;

    /// <param name="message">The BGP message.</param>
    /// <param name="position">Of the prefix, with its path identifier; behind it afterwards.</param>
    /// <param name="field">That it stands in; found valid.</param>
    public LabelledPrefix(ReadOnlySpan<byte> message, ref int position, in NlriField field)
    {
        _family = field.Family;
        uint pathId = 0;
        if (field.HasPathIds)
        {
            pathId = BinaryPrimitives.ReadUInt32BigEndian(message[position..]);
            position += 4;
        }
        int bits = message[position];
        var value = message.Slice(position + 1, (bits + 7) >> 3);
        position += 1 + value.Length;
        int labels = NlriReader.LabelCount(value, bits, field.Family);
        Labels = value[..(labels * 3)];
        value = value[(labels * 3)..];
        bits -= labels * 24;
        ulong distinguisher = 0;
        if (field.Family.HasRouteDistinguisher)
        {
            distinguisher = BinaryPrimitives.ReadUInt64BigEndian(value);
            value = value[8..];
            bits -= 64;
        }
        Span<byte> address = stackalloc byte[16];
        NlriReader.CopyPrefix(value, bits, address);
        Route = new RouteIdentity(
            BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
            (byte)bits, pathId, field.HasPathIds, distinguisher);
    }

    public RouteIdentity Route { get; }

    /// <summary>Three octets each: the label's 20 bits come first.</summary>
    public ReadOnlySpan<byte> Labels { get; }

    /// <summary>Fills in what differs from prefix to prefix in a record that is laid out; it grows by the label list.</summary>
    public void Write(Span<byte> space, ref int size)
    {
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(space);
        row.PathId = Route.PathId;
        row.RouteDistinguisher = Route.RouteDistinguisher;
        row.PrefixLen = Route.Length;
        row.PrefixAddr = _family.IsIpv4
            ? Ipv6Address.FromV4((uint)(Route.High >> 32))
            : new Ipv6Address(BinaryPrimitives.ReverseEndianness(Route.High), BinaryPrimitives.ReverseEndianness(Route.Low));
        int count = Labels.Length / 3, list = size;
        UpdateEncoder.Put(space, UpdateLayout.Pointer(13),
            WirePointer.List(UpdateEncoder.Offset(UpdateLayout.Pointer(13), size), WirePointer.FourBytes, count));
        size += (count + 1 & ~1) * 4;
        UpdateEncoder.Put(space, size - 8, 0);
        for (var labels = Labels; !labels.IsEmpty; list += 4, labels = labels[3..])
            BinaryPrimitives.WriteUInt32LittleEndian(space[list..], (uint)(labels[0] << 12 | labels[1] << 4 | labels[2] >> 4));
        row.SegmentWords = (uint)(size - 8) / 8;
    }
}
