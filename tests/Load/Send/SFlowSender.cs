using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Load.Send;

/// <summary>
/// Sends datagrams of IPv6 flow samples at a rate until it is stopped. Each exporter has an address of its own in the loopback network.
/// </summary>
/// <param name="exporters">The number of exporters.</param>
internal sealed class SFlowSender(int exporters) : IAsyncDisposable
{
    public const int SamplesPerDatagram = 6;

    private const int HeaderBytes = 128;

    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;
    private long _datagrams;

    public long Datagrams => Volatile.Read(ref _datagrams);

    public long Records => Datagrams * SamplesPerDatagram;

    /// <summary>Returns the number of datagrams that may be sent in all by now; null: as many as the rate gives.</summary>
    public Func<long>? Allowed { get; init; }

    /// <summary>Begins to send.</summary>
    /// <param name="target">An IPv4 loopback address.</param>
    /// <param name="perSecond">Datagrams a second of all exporters together.</param>
    public void Start(IPEndPoint target, int perSecond) =>
        _run = Task.Factory.StartNew(() => Send(target, perSecond), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>
    /// Makes a datagram of sFlow version 5 with flow samples of Ethernet frames, cut after 128 bytes, with IPv6 and TCP in them.
    /// </summary>
    /// <param name="number">The sequence number of the datagram; those of the samples begin at six times that.</param>
    public static byte[] Datagram(uint number)
    {
        using var bytes = new MemoryStream();
        Write(bytes, 5, 1, 0xC0000201, 0, number, number * 10, SamplesPerDatagram);
        for (uint sample = number * SamplesPerDatagram; sample < (number + 1) * SamplesPerDatagram; sample++)
        {
            const uint recordBytes = 16 + HeaderBytes;
            Write(bytes, 1, 32 + 8 + recordBytes, sample, 3, 1000, sample * 1000, 0, 1, 2, 1);
            Write(bytes, 1, recordBytes, 1, 1518, 4, HeaderBytes);
            bytes.Write(Frame(sample));
        }
        return bytes.ToArray();
    }

    private static byte[] Frame(uint number)
    {
        byte[] frame = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x86DD);
        var ip = frame.AsSpan(14);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], 1460);
        (ip[6], ip[7]) = (6, 64);
        IPAddress.Parse("2001:db8::1").TryWriteBytes(ip[8..], out _);
        IPAddress.Parse("2001:db8::2").TryWriteBytes(ip[24..], out _);
        BinaryPrimitives.WriteUInt32BigEndian(ip[36..], number);
        var tcp = ip[40..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 443);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)number);
        (tcp[12], tcp[13]) = (0x50, 0x18);
        return frame;
    }

    private static void Write(MemoryStream bytes, params ReadOnlySpan<uint> words)
    {
        Span<byte> word = stackalloc byte[4];
        foreach (uint value in words)
        {
            BinaryPrimitives.WriteUInt32BigEndian(word, value);
            bytes.Write(word);
        }
    }

    private void Send(IPEndPoint target, int perSecond)
    {
        var sockets = new Socket[exporters];
        for (int i = 0; i < exporters; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            sockets[i].Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(i + 1)]), 0));
            sockets[i].Connect(target);
        }
        long start = Stopwatch.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            long due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond);
            for (; _datagrams < due && _datagrams < (Allowed?.Invoke() ?? long.MaxValue); Volatile.Write(ref _datagrams, _datagrams + 1))
                sockets[_datagrams % exporters].Send(Datagram((uint)(_datagrams / exporters)));
            _stop.Token.WaitHandle.WaitOne(1);
        }
        foreach (var socket in sockets)
            socket.Dispose();
    }
}
