using System.Buffers.Binary;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Peer Down Notification, RFC 7854 4.9, behind the per-peer header: Reason (1) and data: 1 and 3 a NOTIFICATION PDU, 2 an FSM
/// event code (2), 4 and 5 nothing, 6 Information TLVs (RFC 9069 5.3). Other reasons are taken as they come.
/// </summary>
internal readonly ref struct PeerDownNotification
{
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
        if (down.Data.IsEmpty || (down.Data.Length >= 19 && BinaryPrimitives.ReadUInt16BigEndian(down.Data[16..]) <= down.Data.Length))
            return true;
        error = new BmpError(BmpErrorCode.PeerDownTruncated, offset + body.Length);
        return false;
    }
}
