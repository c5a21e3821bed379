using System.Runtime.InteropServices;
using System.Text;
using Risotto.Decode;
using Risotto.Decode.Bmp;
using Risotto.Record;
using Shared.Records;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>
/// The octets with which every record of one router, peer and RIB view begins: the fixed part and the collector id. A record
/// starts as a copy of them; only what the UPDATE says is written over.
/// </summary>
internal static class UpdateTemplate
{
    public static RecordTemplate Build(Ipv6Address router, ushort routerPort, CollectorIdentity collector, in PerPeerHeader peer)
    {
        byte[] id = Encoding.UTF8.GetBytes(collector.Id + '\0');
        int length = UpdateLayout.Fixed + (id.Length + 7 & -8);
        byte[] template = new byte[Block64.RoundUp(length)];
        id.CopyTo(template, UpdateLayout.Fixed);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(template.AsSpan());
        row.Root = WirePointer.Struct(0, UpdateRow.DataWords, UpdateRow.PointerWords);
        row.RouterPort = routerPort;
        row.PeerBgpId = peer.BgpId;
        row.PeerAsn = peer.As;
        row.PeerType = (byte)peer.PeerType;
        row.PeerFlags = (byte)peer.Flags;
        row.RibView = (byte)RibViews.Of(peer.PeerType, peer.Flags);
        row.PeerDistinguisher = peer.Distinguisher;
        row.CollectorEpochNs = collector.EpochNs;
        // A Loc-RIB peer's flags have another meaning (RFC 9069 4.2): it has no policy side and no direction.
        if (peer.PeerType != PeerType.LocRib)
        {
            row.Bits = ((peer.Flags & PeerFlags.L) != 0 ? UpdateBits.IsPostPolicy : 0)
                | ((peer.Flags & PeerFlags.O) != 0 ? UpdateBits.IsAdjRibOut : 0);
        }
        row.RouterAddr = router;
        row.PeerAddr = peer.Address;

        const int addresses = UpdateLayout.Fixed - 4 * 16;
        row.RouterAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(0), addresses);
        row.PeerAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(1), addresses + 16);
        row.PrefixAddrPointer = UpdateLayout.Address(UpdateLayout.Pointer(2), addresses + 32);
        row.NextHopPointer = UpdateLayout.Address(UpdateLayout.Pointer(5), addresses + 48);
        row.CollectorIdPointer = WirePointer.List((UpdateLayout.Fixed - UpdateLayout.Pointer(10)) / 8 - 1, WirePointer.Byte, id.Length);
        return new RecordTemplate(template, length);
    }
}
