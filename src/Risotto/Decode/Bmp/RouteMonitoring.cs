using Risotto.Decode.Bgp;
using Risotto.Frame;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Where the UPDATE of a Route Monitoring message is. Version 3 (RFC 7854 4.6): right after the per-peer header. Version 4
/// (draft-ietf-grow-bmp-tlv): in the value of a TLV, whose type was 4 in some drafts and is 7 in draft 20, and whose header had an index
/// in some drafts and none in others; the first drafts have it where version 3 has it. The marker of the BGP message finds it in all of
/// them. Other TLVs are skipped.
/// </summary>
internal static class RouteMonitoring
{
    /// <summary>The offset of the first BGP message in the BMP message; its length where there is none.</summary>
    public static int UpdateOffset(ReadOnlySpan<byte> message)
    {
        if (message[CommonHeader.VersionOffset] == CommonHeader.Version)
            return PerPeerHeader.End;
        int marker = message[PerPeerHeader.End..].IndexOf(BgpMessageHeader.Marker);
        return marker < 0 ? message.Length : PerPeerHeader.End + marker;
    }
}
