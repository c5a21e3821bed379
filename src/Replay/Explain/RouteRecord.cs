using System.Buffers.Binary;
using Replay.Json;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>What an explanation needs of a record of the updates topic.</summary>
internal sealed record RouteRecord(
    ulong TimeReceivedNs, ulong Sequence, bool IsAnnounced, bool IsSynthetic, AddressFamily Family, RouteIdentity Route,
    Ipv6Address PeerAddress, RibView View)
{
    private static readonly Dictionary<string, int> Offsets =
        UpdateSchema.Update.Fields.ToDictionary(f => f.Name.ToString(), f => f.Offset);

    public static RouteRecord Read(StructReader record)
    {
        record.TryReadData(Offsets["prefixAddr"], out var prefix);
        record.TryReadData(Offsets["peerAddr"], out var peer);
        var family = new AddressFamily(record.ReadUInt16(Offsets["afi"]), record.ReadByte(Offsets["safi"]));
        return new RouteRecord(
            record.ReadUInt64(Offsets["timeReceivedNs"]), record.ReadUInt64(Offsets["sequence"]), record.ReadBool(Offsets["announced"]),
            record.ReadBool(Offsets["synthetic"]), family, Identity(record, family, prefix),
            peer.Length == 16 ? Ipv6Address.FromV6(peer) : default, (RibView)record.ReadByte(Offsets["ribView"]));
    }

    // The reverse of RouteIdentity.Address.
    private static RouteIdentity Identity(StructReader record, AddressFamily family, ReadOnlySpan<byte> prefix)
    {
        const int addressBytes = 16, ipv4Offset = 12;
        var (high, low) = prefix.Length != addressBytes ? (0, 0)
            : family.IsIpv4 ? ((ulong)BinaryPrimitives.ReadUInt32BigEndian(prefix[ipv4Offset..]) << 32, 0ul)
            : (BinaryPrimitives.ReadUInt64BigEndian(prefix),
                BinaryPrimitives.ReadUInt64BigEndian(prefix[8..]));
        return new RouteIdentity(
            high, low, record.ReadByte(Offsets["prefixLen"]), record.ReadUInt32(Offsets["pathId"]), record.ReadBool(Offsets["hasPathId"]),
            record.ReadUInt64(Offsets["routeDistinguisher"]));
    }
}
