using System.Buffers.Binary;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Encode;
using SaimirisGateway.Replies.Frame;
using Shared.Records;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>
/// Makes the input of the gateway's benchmarks: caracal's Time Exceeded replies as packets and as messages, the same in every run.
/// </summary>
internal static class ReplyCorpus
{
    public const int Replies = 20_000;

    private const ulong TimeNs = 1_795_420_627_000_000_000;

    /// <summary>A pcap: raw IP, nanoseconds, replies from IPv4 and IPv6 routers in turn.</summary>
    public static byte[] Pcap()
    {
        using var file = new MemoryStream();
        var head = new byte[PcapFramer.FileHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0xA1B23C4D);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(20), 101);
        file.Write(head);
        Span<byte> record = stackalloc byte[PcapFramer.RecordHeaderBytes];
        for (int i = 0; i < Replies; i++)
        {
            byte[] packet = i % 2 == 0 ? V4(i) : V6(i);
            ulong time = TimeNs + (ulong)i * 50_000;
            BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(time / 1_000_000_000));
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(time % 1_000_000_000));
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], (uint)packet.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)packet.Length);
            file.Write(record);
            file.Write(packet);
        }
        return file.ToArray();
    }

    /// <summary>The same replies as a stream of messages.</summary>
    public static byte[] Messages()
    {
        byte[] pcap = Pcap();
        var encoder = new ReplyEncoder("probe-ams-01"u8, new CollectorIdentity("bench", 1));
        var framer = new PcapFramer();
        var reply = new Reply();
        var messages = new byte[Replies * encoder.MaxSize];
        int position = 0, length = 0;
        while (framer.TryRead(pcap, ref position, out var packet, out ulong timeNs, out _))
        {
            IcmpReply.Read(packet, timeNs, null, reply);
            length += encoder.Write(messages.AsSpan(length), reply, 1, 1);
        }
        return messages[..length];
    }

    // Outer header, ICMP Time Exceeded, quoted header, quoted UDP, and the payload of a probe with TTL 5.
    private static byte[] V4(int i)
    {
        var packet = new byte[20 + 8 + 20 + 8 + 7];
        Ipv4(packet, packet.Length, 60, 1, 0x0A000000 + (uint)(i % 5000));
        packet[20] = 11;
        Ipv4(packet.AsSpan(28), 35, 1, 17, 0xCB007100 + (uint)(i % 256));
        Udp(packet.AsSpan(48), i);
        return packet;
    }

    private static byte[] V6(int i)
    {
        var packet = new byte[40 + 8 + 40 + 8 + 7];
        Ipv6(packet, packet.Length - 40, 58, i % 5000);
        packet[40] = 3;
        Ipv6(packet.AsSpan(48), 15, 17, i % 256);
        Udp(packet.AsSpan(88), i);
        return packet;
    }

    private static void Ipv4(Span<byte> header, int length, byte ttl, byte protocol, uint address)
    {
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        header[8] = ttl;
        header[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], address);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], address ^ 0x01010101);
    }

    private static void Ipv6(Span<byte> header, int payload, byte next, int host)
    {
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)payload);
        header[6] = next;
        header[7] = 60;
        new Ipv6Address(0xB80D0120, (ulong)host << 32).CopyTo(header[8..]);
        new Ipv6Address(0xB90D0120, (ulong)host << 40).CopyTo(header[24..]);
    }

    private static void Udp(Span<byte> header, int i)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header, 24_000);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], 33_434);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], 15);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)(i * 7));
    }
}
