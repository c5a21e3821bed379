using System.Runtime.InteropServices;
using System.Text;
using Risotto.Decode.Bmp;
using Risotto.Record;
using Shared.Records;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>
/// Builds the bytes with which every record of one router, peer and RIB view begins: the fixed part and the collector id. A record
/// starts as a copy of them, and the fields of the UPDATE are written over it.
/// </summary>
internal static class UpdateTemplate
{
    public static RecordTemplate Build(Ipv6Address router, ushort routerPort, CollectorIdentity collector, in PerPeerHeader header)
    {
        byte[] id = Encoding.UTF8.GetBytes(collector.Id + '\0');
        int length = UpdateLayout.Fixed + (id.Length + 7 & -8);
        byte[] template = new byte[Block64.RoundUp(length)];
        id.CopyTo(template, UpdateLayout.Fixed);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(template.AsSpan());
        row.Root = WirePointer.Struct(0, UpdateRow.DataWords, UpdateRow.PointerWords);
        row.RouterPort = routerPort;
        row.PeerBgpId = header.BgpId;
        row.PeerAsn = header.As;
        row.PeerType = header.PeerType;
        row.PeerFlags = header.Flags;
        row.RibView = header.RibView;
        row.PeerDistinguisher = header.Distinguisher;
        row.CollectorEpochNs = collector.EpochNs;
        // A Loc-RIB peer's flags have another meaning (RFC 9069 4.2): it has no policy side and no direction.
        if (header.PeerType != PeerType.LocRib)
        {
            row.Bits = ((header.Flags & PeerFlags.L) != 0 ? UpdateBits.IsPostPolicy : 0)
                | ((header.Flags & PeerFlags.O) != 0 ? UpdateBits.IsAdjRibOut : 0);
        }
        row.RouterAddr = router;
        row.PeerAddr = header.Address;

        const int routerAddr = UpdateLayout.Addresses, peerAddr = routerAddr + UpdateLayout.AddressLength,
            prefixAddr = peerAddr + UpdateLayout.AddressLength, nextHop = prefixAddr + UpdateLayout.AddressLength;
        row.RouterAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(UpdatePointer.RouterAddr), routerAddr);
        row.PeerAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(UpdatePointer.PeerAddr), peerAddr);
        row.PrefixAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(UpdatePointer.PrefixAddr), prefixAddr);
        row.NextHopPointer = UpdateLayout.Address(UpdateLayout.Pointer(UpdatePointer.NextHop), nextHop);
        int collectorId = UpdateLayout.Pointer(UpdatePointer.CollectorId);
        row.CollectorIdPointer = WirePointer.List((UpdateLayout.Fixed - collectorId) / 8 - 1, WirePointer.Byte, id.Length);
        return new RecordTemplate(template, length);
    }
}
