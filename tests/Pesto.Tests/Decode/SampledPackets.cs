using System.Buffers.Binary;

namespace Pesto.Tests.Decode;

/// <summary>
/// Makes random whole packets of every kind: link layer, IP version, extension headers, transport. Each comes with the value of every
/// field, and with the number of bytes that a reader needs for it.
/// </summary>
internal sealed class SampledPackets(int seed)
{
    private const ushort Vlan = 0x8100, Service = 0x88A8, Mpls = 0x8847, Pppoe = 0x8864;

    private readonly Random _random = new(seed);
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, (string Value, int Needs)> _fields = [];

    public sealed record Packet(uint HeaderProtocol, byte[] Bytes, IReadOnlyDictionary<string, (string Value, int Needs)> Fields,
        int SourceEnd);

    public Packet Next()
    {
        _bytes.Clear();
        _fields.Clear();
        bool isV6 = _random.Next(10) < 7;
        uint protocol = Link(isV6);
        int sourceEnd = isV6 ? Ipv6() : Ipv4();
        _bytes.AddRange(Random(_random.Next(0, 1400)));
        byte[] bytes = [.. _bytes];
        return new Packet(protocol, bytes, new Dictionary<string, (string, int)>(_fields), sourceEnd);
    }

    private uint Link(bool isV6)
    {
        ushort ip = (ushort)(isV6 ? 0x86DD : 0x0800);
        int kind = _random.Next(9);
        if (kind == 0)
        {
            Say("EtherType", ip, 0);
            return isV6 ? 12u : 11u;
        }
        _bytes.AddRange(Random(12));
        switch (kind)
        {
            case 1 or 2:
                Tag(Vlan, first: true);
                break;
            case 3:
                Tag(Service, first: true);
                Tag(Vlan, first: false);
                break;
            case 4 or 5:
                Put(Mpls);
                Say("EtherType", Mpls, _bytes.Count);
                Labels(_random.Next(1, 5));
                return 1;
            case 6:
                Tag(Vlan, first: true);
                Put(Mpls);
                Say("EtherType", Mpls, _bytes.Count);
                Labels(_random.Next(1, 3));
                return 1;
            case 7:
                Put(Pppoe);
                Say("EtherType", Pppoe, _bytes.Count);
                _bytes.AddRange([0x11, 0, 0, 7, 0, 100]);
                Put((ushort)(isV6 ? 0x57 : 0x21));
                return 1;
        }
        Put(ip);
        Say("EtherType", ip, _bytes.Count);
        return 1;
    }

    private void Tag(ushort type, bool first)
    {
        int vlan = _random.Next(1, 4095);
        Put(type);
        Put((ushort)(_random.Next(8) << 13 | vlan));
        if (first)
            Say("VlanIn", vlan, _bytes.Count);
    }

    private void Labels(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] entry = Random(4);
            entry[2] = (byte)(entry[2] & 0xFE | (i == count - 1 ? 1 : 0));
            _bytes.AddRange(entry);
        }
    }

    private int Ipv6()
    {
        int tos = _random.Next(256), label = _random.Next(1 << 20), payload = _random.Next(8, 60_000);
        Put((ushort)(0x6000 | tos << 4 | label >> 16));
        Put((ushort)label);
        Put((ushort)payload);
        int nextAt = _bytes.Count;
        _bytes.AddRange([0, 64]);
        byte[] src = Random(16), dst = Random(16);
        (src[0], dst[0]) = (0x20, 0x20);
        _bytes.AddRange(src);
        _bytes.AddRange(dst);
        int end = _bytes.Count;
        Say("Tos", tos, end - 38);
        Say("FlowLabel", label, end - 36);
        Say("Length", payload + 40, end - 34);
        Say("Src", new System.Net.IPAddress(src), end - 16);
        Say("Dst", new System.Net.IPAddress(dst), end);
        bool isLater = false;
        for (int extensions = _random.Next(3) == 0 ? _random.Next(1, 4) : 0; extensions > 0 && !isLater; extensions--)
        {
            byte type = (byte)(_random.Next(5) switch { 0 => 0, 1 => 43, 2 => 44, 3 => 51, _ => 60 });
            _bytes[nextAt] = type;
            // If the bytes end here, the protocol is that of the last header.
            nextAt = _bytes.Count;
            isLater = Extension(type);
        }
        Transport(nextAt, isLater, isV6: true);
        return end - 16;
    }

    private bool Extension(byte type)
    {
        if (type == 44)
        {
            int offset = _random.Next(2) * _random.Next(1, 8000), more = _random.Next(2);
            _bytes.AddRange([0, 0]);
            Put((ushort)(offset << 3 | more));
            _bytes.AddRange(Random(4));
            if (offset != 0 || more != 0)
                _fields.TryAdd("IsFragment", ("True", _bytes.Count - 4));
            return offset != 0;
        }
        int units = _random.Next(0, 3);
        // AH counts 4 bytes, less 2; the others count 8 bytes after the first 8.
        int bytes = type == 51 ? (units * 2 + 4) * 4 : (units + 1) * 8;
        _bytes.AddRange([0, (byte)(type == 51 ? units * 2 + 2 : units)]);
        _bytes.AddRange(Random(bytes - 2));
        return false;
    }

    private int Ipv4()
    {
        int options = _random.Next(4) == 0 ? _random.Next(1, 11) : 0, tos = _random.Next(256), length = _random.Next(28, 65_000);
        int offset = _random.Next(8) == 0 ? _random.Next(1, 8000) : 0, more = _random.Next(8) == 0 ? 1 : 0;
        _bytes.AddRange([(byte)(0x45 + options), (byte)tos]);
        Put((ushort)length);
        _bytes.AddRange(Random(2));
        Put((ushort)(_random.Next(2) << 14 | more << 13 | offset));
        _bytes.Add(64);
        int protocolAt = _bytes.Count;
        _bytes.AddRange([0, .. Random(2)]);
        byte[] src = Random(4), dst = Random(4);
        _bytes.AddRange(src);
        _bytes.AddRange(dst);
        int end = _bytes.Count;
        _bytes.AddRange(Random(options * 4));
        Say("Tos", tos, end - 18);
        Say("Length", length, end - 16);
        Say("Src", new System.Net.IPAddress(src), end - 4);
        Say("Dst", new System.Net.IPAddress(dst), end);
        if (offset != 0 || more != 0)
            Say("IsFragment", true, end - 12);
        Transport(protocolAt, offset != 0, isV6: false);
        return end - 4;
    }

    private void Transport(int protocolAt, bool isLater, bool isV6)
    {
        byte protocol = (byte)(_random.Next(8) switch { 0 or 1 or 2 => 6, 3 or 4 => 17, 5 => 132, 6 => isV6 ? 58 : 1, _ => 47 });
        _bytes[protocolAt] = protocol;
        Say("Protocol", protocol, protocolAt + 2);
        int start = _bytes.Count;
        if (isLater)
            return;
        byte[] header = Random(20);
        _bytes.AddRange(header);
        if (protocol is 6 or 17 or 132)
        {
            Say("SrcPort", BinaryPrimitives.ReadUInt16BigEndian(header), start + 4);
            Say("DstPort", BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)), start + 4);
        }
        if (protocol == 6)
            Say("TcpFlags", header[13], start + 14);
        if (protocol is 1 or 58)
        {
            Say("IcmpType", header[0], start + 2);
            Say("IcmpCode", header[1], start + 2);
        }
    }

    private void Put(ushort value) => _bytes.AddRange([(byte)(value >> 8), (byte)value]);

    private byte[] Random(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private void Say(string field, object value, int needs) => _fields[field] = ($"{value}", needs);
}
