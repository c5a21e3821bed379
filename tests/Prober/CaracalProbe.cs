using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Prober;

/// <summary>
/// Makes probes as caracal 0.15.3 sends them: whole IP packets, for a raw socket that takes the header from us. It follows caracal's
/// description and not the gateway's decoder.
/// </summary>
internal sealed class CaracalProbe(ushort caracalId, IPAddress source, IPAddress destination, ushort port, bool isUdp)
{
    private const int DestinationPort = 33434, Ipv6Level = 41, HeaderIncluded = 36;

    private readonly bool _isV4 = destination.AddressFamily == AddressFamily.InterNetwork;

    public IPAddress Destination => destination;

    public Socket Open()
    {
        var socket = new Socket(destination.AddressFamily, SocketType.Raw, ProtocolType.Raw);
        if (_isV4)
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        else
            socket.SetRawSocketOption(Ipv6Level, HeaderIncluded, BitConverter.GetBytes(1));
        return socket;
    }

    public byte[] Build(byte ttl)
    {
        byte[] transport = isUdp ? Udp(ttl) : Echo(ttl);
        byte[] ip = new byte[_isV4 ? 20 : 40];
        if (_isV4)
        {
            ip[0] = 0x45;
            Put(ip, 2, ip.Length + transport.Length);
            Put(ip, 4, Identification(ttl));
            ip[8] = ttl;
            ip[9] = Protocol;
            source.GetAddressBytes().CopyTo(ip, 12);
            destination.GetAddressBytes().CopyTo(ip, 16);
            Put(ip, 10, Checksum(ip));
        }
        else
        {
            ip[0] = 0x60;
            Put(ip, 4, transport.Length);
            ip[6] = Protocol;
            ip[7] = ttl;
            source.GetAddressBytes().CopyTo(ip, 8);
            destination.GetAddressBytes().CopyTo(ip, 24);
        }
        return [.. ip, .. transport];
    }

    private byte Protocol => (byte)(isUdp ? 17 : _isV4 ? 1 : 58);

    // The time in units of 0.1 ms, modulo 65535.
    private static int Now => (int)((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / 1000 % 65_535);

    private int Identification(byte ttl)
    {
        uint address = BinaryPrimitives.ReadUInt32LittleEndian(destination.GetAddressBytes());
        return ~(int)((caracalId + address + port + ttl) % 65_535) & 0xFFFF;
    }

    private byte[] Udp(byte ttl)
    {
        byte[] udp = new byte[8 + 2 + ttl];
        Put(udp, 0, port);
        Put(udp, 2, DestinationPort);
        Put(udp, 4, udp.Length);
        int wanted = Now;
        Put(udp, 8, Tweak(Checksum([.. Pseudo(udp.Length), .. udp]), wanted));
        Put(udp, 6, wanted);
        return udp;
    }

    private byte[] Echo(byte ttl)
    {
        byte[] echo = new byte[8 + 2 + ttl];
        echo[0] = (byte)(_isV4 ? 8 : 128);
        Put(echo, 4, port);
        Put(echo, 6, Now);
        Put(echo, 8, Tweak(Checksum([.. _isV4 ? [] : Pseudo(echo.Length), .. echo]), port));
        Put(echo, 2, port);
        return echo;
    }

    // RFC 768 and RFC 8200 8.1.
    private byte[] Pseudo(int length)
    {
        byte[] addresses = [.. source.GetAddressBytes(), .. destination.GetAddressBytes()];
        return _isV4
            ? [.. addresses, 0, Protocol, (byte)(length >> 8), (byte)length]
            : [.. addresses, 0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, Protocol];
    }

    // Returns the two bytes of the payload that give the wanted checksum.
    private static int Tweak(int original, int wanted)
    {
        int a = ~original & 0xFFFF, b = ~wanted & 0xFFFF;
        return b < a ? b + 65_535 - a : b - a;
    }

    private static int Checksum(ReadOnlySpan<byte> bytes)
    {
        long sum = 0;
        for (int i = 0; i < bytes.Length; i++)
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        return ~(int)(sum % 65_535) & 0xFFFF;
    }

    private static void Put(byte[] bytes, int at, int value) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)value);
}
