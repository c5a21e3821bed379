using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Messages;

/// <summary>The per-peer header, RFC 7854 4.2; by default an IPv4 peer of AS 65001, Adj-RIB-In pre-policy.</summary>
internal sealed record PeerHeader
{
    public const byte V = 0x80, L = 0x40, A = 0x20, O = 0x10;

    public byte Type { get; init; }

    public byte Flags { get; init; }

    public ulong Distinguisher { get; init; }

    public string Address { get; init; } = "192.0.2.9";

    public uint As { get; init; } = 65001;

    public uint BgpId { get; init; } = 0x0A000001;

    public uint Seconds { get; init; } = 1_700_000_000;

    public uint Microseconds { get; init; } = 123_456;

    public byte[] Bytes
    {
        get
        {
            byte[] address = Messages.Bytes.Address(Address);
            return Join(
                [Type, Flags], UInt64(Distinguisher), new byte[16 - address.Length], address, UInt32(As), UInt32(BgpId), UInt32(Seconds),
                UInt32(Microseconds));
        }
    }
}

/// <summary>BMP messages, RFC 7854 4.</summary>
internal static class BmpMessage
{
    public static byte[] Message(byte type, params byte[][] body)
    {
        byte[] content = Join(body);
        return Join([3], UInt32((uint)(6 + content.Length)), [type], content);
    }

    public static byte[] RouteMonitoring(PeerHeader header, byte[] update) => Message(0, header.Bytes, update);

    public static byte[] StatisticsReport(PeerHeader header, params byte[][] tlvs) =>
        Message(1, header.Bytes, UInt32((uint)tlvs.Length), Join(tlvs));

    public static byte[] PeerDown(PeerHeader header, byte reason, params byte[] data) => Message(2, header.Bytes, [reason], data);

    /// <summary>Local address 192.0.2.1 or 2001:db8::1 port 179, remote port 40179.</summary>
    public static byte[] PeerUp(PeerHeader header, byte[] sent, byte[] received, params byte[][] information)
    {
        byte[] local = (header.Flags & PeerHeader.V) != 0 ? Address("2001:db8::1") : Join(new byte[12], Address("192.0.2.1"));
        return Message(3, header.Bytes, local, UInt16(179), UInt16(40179), sent, received, Join(information));
    }

    public static byte[] Initiation(params byte[][] tlvs) => Message(4, tlvs);

    public static byte[] Termination(params byte[][] tlvs) => Message(5, tlvs);

    public static byte[] RouteMirroring(PeerHeader header, params byte[][] tlvs) => Message(6, header.Bytes, Join(tlvs));

    /// <summary>RFC 7854 4.4 and 4.8: type, length, value.</summary>
    public static byte[] Tlv(int type, params byte[] value) => Join(UInt16(type), UInt16(value.Length), value);
}
