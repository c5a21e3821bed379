using System.Buffers.Binary;
using Risotto.Decode.Bgp;
using Risotto.Frame;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Peer Down Notification, RFC 7854 4.9, after the per-peer header: Reason (1) and data: 1 and 3 a NOTIFICATION PDU, 2 an FSM
/// event code (2), 4 and 5 nothing, 6 Information TLVs (RFC 9069 5.3). Other reasons are accepted too.
/// </summary>
internal readonly ref struct PeerDownNotification
{
    /// <summary>Reason 5: the router does not monitor the peer any more.</summary>
    public const byte Deconfigured = 5;

    private const byte LocalNotification = 1, LocalNoNotification = 2, RemoteNotification = 3;

    public byte Reason { get; private init; }

    public ReadOnlySpan<byte> Data { get; private init; }

    /// <summary>False: the data is cut off, and <paramref name="down"/> has what is there. Who is down, the per-peer header says.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, int offset, byte version, out PeerDownNotification down, out BmpError error)
    {
        error = default;
        down = body.IsEmpty ? default : new PeerDownNotification { Reason = body[0], Data = body[1..] };
        // Version 4 (draft-ietf-grow-bmp-tlv) has TLVs after the reason.
        bool isWhole = !body.IsEmpty && (version != CommonHeader.Version || down.Reason switch
        {
            LocalNoNotification => down.Data.Length >= 2,
            // Some routers leave the NOTIFICATION out.
            LocalNotification or RemoteNotification => down.Data.IsEmpty || HasWholeMessage(down.Data),
            _ => true,
        });
        if (!isWhole)
            error = new BmpError(BmpErrorCode.PeerDownTruncated, offset + body.Length);
        return isWhole;
    }

    private static bool HasWholeMessage(ReadOnlySpan<byte> data) => data.Length >= BgpMessageHeader.Length
        && BinaryPrimitives.ReadUInt16BigEndian(data[BgpMessageHeader.LengthOffset..]) <= data.Length;
}
