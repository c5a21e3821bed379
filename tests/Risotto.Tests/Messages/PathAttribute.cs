using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Messages;

/// <summary>Path attributes, RFC 4271 4.3: flags, type, length (2 bytes where they need to be), value.</summary>
internal static class PathAttribute
{
    public static byte[] Of(byte flags, byte type, params byte[] value) => value.Length > 255 || (flags & 0x10) != 0
        ? Join([(byte)(flags | 0x10), type], UInt16(value.Length), value)
        : Join([flags, type, (byte)value.Length], value);

    /// <summary>0 IGP, 1 EGP, 2 INCOMPLETE.</summary>
    public static byte[] Origin(byte value) => Of(0x40, 1, value);

    /// <summary>An AS_SEQUENCE of 4-byte numbers; empty without numbers.</summary>
    public static byte[] AsPath(params uint[] numbers) => numbers.Length == 0 ? Of(0x40, 2) : Of(0x40, 2, Segment(2, numbers));

    public static byte[] AsPathOf(params byte[][] segments) => Of(0x40, 2, Join(segments));

    public static byte[] As4PathOf(params byte[][] segments) => Of(0xC0, 17, Join(segments));

    /// <summary>1 AS_SET, 2 AS_SEQUENCE, 3 AS_CONFED_SEQUENCE, 4 AS_CONFED_SET; 4-byte numbers.</summary>
    public static byte[] Segment(byte type, params uint[] numbers) => Join([type, (byte)numbers.Length], Join([.. numbers.Select(UInt32)]));

    /// <summary>The same of 2-byte numbers.</summary>
    public static byte[] Segment2(byte type, params ushort[] numbers) =>
        Join([type, (byte)numbers.Length], Join([.. numbers.Select(number => UInt16(number))]));

    public static byte[] NextHop(string address) => Of(0x40, 3, Address(address));

    public static byte[] MultiExitDisc(uint value) => Of(0x80, 4, UInt32(value));

    public static byte[] LocalPref(uint value) => Of(0x40, 5, UInt32(value));

    public static byte[] Aggregator(uint asNumber, string address) => Of(0xC0, 7, Join(UInt32(asNumber), Address(address)));

    public static byte[] Aggregator2(ushort asNumber, string address) => Of(0xC0, 7, Join(UInt16(asNumber), Address(address)));

    public static byte[] As4Aggregator(uint asNumber, string address) => Of(0xC0, 18, Join(UInt32(asNumber), Address(address)));

    /// <summary>RFC 4760 3.</summary>
    public static byte[] MpReach(ushort afi, byte safi, byte[] nextHop, params byte[][] nlri) =>
        Of(0x80, 14, Join(UInt16(afi), [safi, (byte)nextHop.Length], nextHop, [0], Join(nlri)));

    /// <summary>RFC 4760 4.</summary>
    public static byte[] MpUnreach(ushort afi, byte safi, params byte[][] withdrawn) =>
        Of(0x80, 15, Join(UInt16(afi), [safi], Join(withdrawn)));

    /// <summary>What every announcement needs: ORIGIN IGP, AS_PATH 65001, NEXT_HOP 192.0.2.9.</summary>
    public static byte[] Mandatory => Join(Origin(0), AsPath(65001), NextHop("192.0.2.9"));

    /// <summary>ORIGIN IGP and AS_PATH 65001: what an announcement by MP_REACH_NLRI needs.</summary>
    public static byte[] OriginAndPath => Join(Origin(0), AsPath(65001));
}
