using System.Buffers.Binary;
using System.Net;

namespace Pesto.Tests;

/// <summary>Builds sFlow datagrams byte by byte in the layout of sflow_version_5.txt.</summary>
internal static class Datagrams
{
    public static byte[] Datagram(uint sequence, params byte[][] samples) => Datagram(sequence, (uint)samples.Length, samples);

    public static byte[] Datagram(uint sequence, uint announced, params byte[][] samples) =>
        [.. Words(5, 1, 0xC0000201, 0, sequence, sequence * 10, announced), .. samples.SelectMany(s => s)];

    /// <summary>Makes a sample or a record: format(4) length(4) value, padded.</summary>
    public static byte[] Framed(uint format, params byte[] value) =>
        [.. Words(format, (uint)value.Length), .. value, .. new byte[-value.Length & 3]];

    /// <summary>Makes a flow sample of source 0/3, rate 1000, interfaces 1 and 2.</summary>
    public static byte[] Flow(uint sequence, uint drops, params byte[][] records) =>
        Framed(1, [.. Words(sequence, 3, 1000, sequence * 1000, drops, 1, 2, (uint)records.Length), .. records.SelectMany(r => r)]);

    public static byte[] SampledHeader(uint protocol, params byte[] header) =>
        Framed(1, [.. Words(protocol, (uint)header.Length + 4, 4, (uint)header.Length), .. header]);

    /// <summary>Makes a flow sample with an IPv6 UDP packet.</summary>
    public static byte[] Flow(uint sequence = 1, uint drops = 0) => Flow(sequence, drops, SampledHeader(12, Ipv6Udp()));

    public static byte[] Ipv6Udp() =>
        [0x60, 0, 0, 0, 0, 8, 17, 64, .. AddressBytes("2001:db8::1"), .. AddressBytes("2001:db8::2"), 0, 53, 0x14, 0xE9, 0, 8, 0, 0];

    public static byte[] AddressBytes(string address) => IPAddress.Parse(address).GetAddressBytes();

    public static byte[] Words(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * 4];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), words[i]);
        return bytes;
    }
}
