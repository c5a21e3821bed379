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

    public static bool TryRead(ReadOnlySpan<byte> body, int offset, out PeerDownNotification down, out BmpError error)
    {
        down = default;
        error = default;
        if (body.IsEmpty || (body[0] == LocalNoNotification && body.Length < 3))
        {
            error = new BmpError(BmpErrorCode.PeerDownTruncated, offset + body.Length);
            return false;
        }
        down = new PeerDownNotification { Reason = body[0], Data = body[1..] };
        if (down.Reason is not (LocalNotification or RemoteNotification))
            return true;
        // Some routers leave the NOTIFICATION out; one that is there must be whole.
        if (down.Data.IsEmpty || HasWholeMessage(down.Data))
            return true;
        error = new BmpError(BmpErrorCode.PeerDownTruncated, offset + body.Length);
        return false;
    }

    private static bool HasWholeMessage(ReadOnlySpan<byte> data) => data.Length >= BgpMessageHeader.Length
        && BinaryPrimitives.ReadUInt16BigEndian(data[BgpMessageHeader.LengthOffset..]) <= data.Length;
}
