using System.Buffers.Binary;
using System.Net;

namespace SaimirisGateway.Tests.Replies.Results;

/// <summary>
/// Makes pcaps of ICMPv6 replies to a measurement's probes. Each reply has a capture time of its own, which identifies it.
/// </summary>
internal static class RepliesOf
{
    private const int RecordHeader = 16;

    /// <summary>Makes replies captured at the microseconds <paramref name="first"/> and following.</summary>
    public static byte[] Source(string source, long first, int count)
    {
        byte[] packet = TimeExceeded(source);
        byte[] body = new byte[24 + (count * (RecordHeader + packet.Length))];
        Packets.Pcap(101, false, false).CopyTo(body, 0);
        for (int i = 0, at = 24; i < count; i++, at += RecordHeader + packet.Length)
        {
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at), (int)((first + i) / 1_000_000));
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at + 4), (int)((first + i) % 1_000_000));
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at + 8), packet.Length);
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at + 12), packet.Length);
            packet.CopyTo(body, at + RecordHeader);
        }
        return body;
    }

    /// <summary>Returns their capture times, nanoseconds since 1970.</summary>
    public static IEnumerable<long> Times(long first, int count) => Enumerable.Range(0, count).Select(i => (first + i) * 1000);

    // RFC 8200 3, RFC 4443 3.3, and a UDP probe in it.
    private static byte[] TimeExceeded(string source)
    {
        byte[] from = IPAddress.Parse(source).GetAddressBytes(), router = IPAddress.Parse("2001:db8:ffff::1")
            .GetAddressBytes(), to = IPAddress.Parse("2001:db8::1").GetAddressBytes();
        byte[] probe = [.. Ipv6(20, 17, from, to), .. Packets.U16(24_000), .. Packets.U16(33_434), .. Packets.U16(20), 0, 0,
            .. new byte[12]];
        return [.. Ipv6(8 + probe.Length, 58, router, from), 3, 0, 0, 0, 0, 0, 0, 0, .. probe];
    }

    private static byte[] Ipv6(int length, byte next, byte[] source, byte[] destination) =>
        [0x60, 0, 0, 0, .. Packets.U16(length), next, 60, .. source, .. destination];
}
