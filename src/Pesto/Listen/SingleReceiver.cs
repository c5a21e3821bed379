using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Pesto.Frame;
using Shared.Records;
using Shared.Records.Wire;

namespace Pesto.Listen;

/// <summary>Receives one datagram a call on any system, with the time at which it was read. It does not know the kernel's drops.</summary>
internal sealed class SingleReceiver(Socket socket, int bufferBytes, TimeProvider time) : IDatagramReceiver
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(65_536);
    private readonly SocketAddress _address = new(socket.AddressFamily);
    private int _length;
    private long _timeReceivedNs;

    public bool HasArrivalTimes => false;

    public int BufferBytes => bufferBytes;

    public long Drops => 0;

    public int Receive(bool wait)
    {
        if (!socket.Poll(wait ? SFlowSocket.WaitTime : TimeSpan.Zero, SelectMode.SelectRead))
            return 0;
        _length = socket.ReceiveFrom(_buffer, SocketFlags.None, _address);
        _timeReceivedNs = (long)UnixTime.NowNs(time);
        return 1;
    }

    public ReadOnlySpan<byte> Payload(int index) => _buffer.AsSpan(0, _length);

    public ExporterEndPoint Source(int index)
    {
        // Port and address have the same offsets in sockaddr_in and sockaddr_in6 on every system.
        var name = _address.Buffer.Span;
        return new ExporterEndPoint(
            _address.Family == AddressFamily.InterNetwork ? Ipv6Address.FromV4(name.Slice(4, 4)) : Ipv6Address.FromV6(name.Slice(8, 16)),
            BinaryPrimitives.ReadUInt16BigEndian(name[2..]));
    }

    public long TimeReceivedNs(int index) => _timeReceivedNs;

    public void Dispose() => socket.Dispose();
}
