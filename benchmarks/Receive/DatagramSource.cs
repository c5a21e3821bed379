using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Benchmarks.Receive;

/// <summary>
/// Sends datagrams of one size to a loopback port at a given rate. The kernel splits each write into several datagrams (UDP_SEGMENT), so
/// that the sender does not limit the rate.
/// </summary>
internal sealed class DatagramSource : IDisposable
{
    /// <summary>The largest datagram of hsflowd.</summary>
    public const int DatagramBytes = 1400;

    private const int PerWrite = 16, SolUdp = 17, UdpSegment = 103;

    private readonly Socket _socket = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _bytes = new byte[PerWrite * DatagramBytes];

    public DatagramSource(int port)
    {
        Span<byte> size = stackalloc byte[4];
        MemoryMarshal.Write(size, DatagramBytes);
        _socket.SetRawSocketOption(SolUdp, UdpSegment, size);
        _socket.Connect(IPAddress.IPv6Loopback, port);
        new Random(6343).NextBytes(_bytes);
    }

    /// <returns>The number of datagrams sent, and the time taken.</returns>
    public (long Sent, TimeSpan Time) Send(double perSecond, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp(), sent = 0;
        double ticksPerWrite = Stopwatch.Frequency * PerWrite / perSecond;
        for (double due = start; Stopwatch.GetElapsedTime(start) < time; due += ticksPerWrite)
        {
            while (Stopwatch.GetTimestamp() < due)
                Thread.SpinWait(10);
            _socket.Send(_bytes);
            sent += PerWrite;
        }
        return (sent, Stopwatch.GetElapsedTime(start));
    }

    public void Dispose() => _socket.Dispose();
}
