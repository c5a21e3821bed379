using Risotto.Decode.Bgp;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Peer Up Notification, RFC 7854 4.10, after the per-peer header: Local Address (16), Local Port (2), Remote Port (2), Sent
/// OPEN, Received OPEN, Information TLVs to the end.
/// </summary>
internal readonly ref struct PeerUpNotification
{
    /// <summary>Bytes after the per-peer header.</summary>
    public int Length { get; private init; }

    public Ipv6Address LocalAddress { get; private init; }

    public ushort LocalPort { get; private init; }

    public ushort RemotePort { get; private init; }

    /// <summary>
    /// Both OPENs could be read. FRR 8.4 writes Peer Ups whose received OPEN is a bare header: the peer is up, and what it
    /// negotiated is unknown.
    /// </summary>
    public bool HasOpens { get; private init; }

    public OpenMessage SentOpen { get; private init; }

    public OpenMessage ReceivedOpen { get; private init; }

    /// <summary>Read by <see cref="InformationTlv"/>.</summary>
    public ReadOnlySpan<byte> Information { get; private init; }

    /// <param name="body">What follows the per-peer header.</param>
    /// <param name="offset">Its offset in the BMP message.</param>
    /// <param name="header">The per-peer header: its V flag says of which family the local address is.</param>
    /// <param name="up">The message.</param>
    /// <param name="error">The error when false is returned, or when the OPENs or the Information TLVs cannot be read.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, int offset, in PerPeerHeader header, out PeerUpNotification up, out BmpError error)
    {
        up = default;
        var reader = new WireReader(body, offset);
        if (!reader.TryReadBytes(16, out var local) || !reader.TryReadUInt16(out ushort localPort)
            || !reader.TryReadUInt16(out ushort remotePort))
        {
            error = new BmpError(BmpErrorCode.PeerUpTruncated, reader.Offset);
            return false;
        }
        OpenMessage received = default;
        bool hasOpens = TryReadOpen(ref reader, out var sent, out error) && TryReadOpen(ref reader, out received, out error);
        bool isIpv6 = header.PeerType != PeerType.LocRib && (header.Flags & PeerFlags.V) != 0;
        up = new PeerUpNotification
        {
            LocalAddress = header.PeerType == PeerType.LocRib ? default : isIpv6 ? Ipv6Address.FromV6(local)
                : Ipv6Address.FromV4(local[12..]),
            Length = body.Length,
            LocalPort = localPort,
            RemotePort = remotePort,
            HasOpens = hasOpens,
            SentOpen = sent,
            ReceivedOpen = received,
            Information = hasOpens ? reader.Rest : default,
        };
        // Information that is cut off is an error to report. The peer's routes are still read by the OPENs before it.
        if (hasOpens)
            InformationTlv.TryCheck(reader, out error);
        return true;
    }

    private static bool TryReadOpen(scoped ref WireReader reader, out OpenMessage open, out BmpError error)
    {
        open = default;
        int offset = reader.Offset;
        if (!BgpMessageHeader.TryRead(reader.Rest, offset, out var message, out var type, out error))
            return false;
        if (type != BgpMessageType.Open)
        {
            error = new BmpError(BmpErrorCode.OpenInvalid, offset + BgpMessageHeader.TypeOffset);
            return false;
        }
        return OpenMessage.TryRead(message, offset, out open, out error) && reader.TrySkip(message.Length);
    }
}
