using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pesto.Frame;
using Shared.Records.Wire;
using static Pesto.Listen.SocketImports;

namespace Pesto.Listen;

/// <summary>
/// Receives up to <see cref="Capacity"/> datagrams a system call on Linux, with the kernel's times and its count of drops.
/// </summary>
internal sealed unsafe class BatchReceiver : IDatagramReceiver
{
    /// <summary>With more, the first datagrams would have left the processor's caches before the thread processes them.</summary>
    public const int Capacity = 64;

    // The longest payload over IPv6 (RFC 768, RFC 8200) has 65,527 bytes. The odd rest puts the first lines of the buffers into different
    // cache sets.
    private const int BufferStride = 65_536 + 1_600;

    // struct sockaddr_in6 has 28 bytes; a time stamp and a count take 32 + 24.
    private const int NameStride = 32, ControlStride = 64;

    private const int Bytes = Capacity * (64 + 16 + NameStride + ControlStride + BufferStride);

    private const int AddressFamilyIpv4 = 2;

    // SO_MEMINFO is an array of 32-bit numbers; this is the index SK_MEMINFO_DROPS.
    private const int MemInfoDrops = 8;

    private readonly Socket _socket;
    private readonly KernelDrops _drops = new();
    private byte* _memory;
    private readonly MultiMessage* _messages;
    private readonly long[] _times = new long[Capacity];
    private int _received;

    /// <param name="socket">A bound socket, which is disposed with this object.</param>
    /// <param name="bufferBytes">Bytes of the socket's receive buffer.</param>
    /// <exception cref="SocketException">The kernel does not know the socket options.</exception>
    public BatchReceiver(Socket socket, int bufferBytes)
    {
        _socket = socket;
        BufferBytes = bufferBytes;
        Span<byte> on = stackalloc byte[4];
        MemoryMarshal.Write(on, 1);
        socket.SetRawSocketOption(SolSocket, SoTimestampNs, on);
        socket.SetRawSocketOption(SolSocket, SoRxqOvfl, on);
        // Unused parts take no memory: the kernel provides a page when it is first used.
        _memory = (byte*)NativeMemory.AlignedAlloc(Bytes, 4096);
        _messages = (MultiMessage*)_memory;
        var vectors = (Vector*)(_messages + Capacity);
        byte* names = (byte*)(vectors + Capacity);
        byte* controls = names + (Capacity * NameStride), buffers = controls + (Capacity * ControlStride);
        for (int i = 0; i < Capacity; i++)
        {
            vectors[i] = new Vector { Start = buffers + ((nint)i * BufferStride), Length = BufferStride };
            _messages[i] = new MultiMessage
            {
                Name = names + (i * NameStride),
                Vectors = vectors + i,
                VectorCount = 1,
                Control = controls + (i * ControlStride),
            };
        }
        _received = Capacity;
    }

    /// <summary>True on a system that has recvmmsg(2) in the layout of <see cref="SocketImports"/>.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && sizeof(nint) == 8;

    public bool HasArrivalTimes => true;

    public int BufferBytes { get; }

    public long Drops
    {
        get
        {
            // The kernel's count comes with a datagram, and is as old as it. So the drops of an idle socket have to be asked for.
            var info = stackalloc uint[16];
            uint length = 16 * sizeof(uint);
            try
            {
                if (GetOption(_socket.SafeHandle, SolSocket, SoMemInfo, info, &length) == 0 && length > MemInfoDrops * sizeof(uint))
                    _drops.Observe(info[MemInfoDrops]);
            }
            catch (ObjectDisposedException)
            {
                // The listener has stopped. The last count stays.
            }
            return _drops.Total;
        }
    }

    public int Receive(bool wait)
    {
        for (int i = 0; i < _received; i++)
        {
            _messages[i].NameLength = NameStride;
            _messages[i].ControlLength = ControlStride;
        }
        _received = 0;
        int received = ReceiveMessages(_socket.SafeHandle, _messages, Capacity, wait ? WaitForOne : DontWait, 0);
        if (received < 0)
        {
            // The kernel may have written to the headers.
            _received = Capacity;
            int error = Marshal.GetLastPInvokeError();
            return error is TryAgain or Interrupted ? 0 : throw new SocketException(error);
        }
        _received = received;
        for (int i = 0; i < received; i++)
            ReadControl(i);
        return received;
    }

    public ReadOnlySpan<byte> Payload(int index)
    {
        ref readonly var message = ref Message(index);
        return new ReadOnlySpan<byte>(message.Vectors->Start, (int)message.Length);
    }

    public ExporterEndPoint Source(int index)
    {
        ref readonly var message = ref Message(index);
        var name = new ReadOnlySpan<byte>(message.Name, NameStride);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        bool isIpv4 = MemoryMarshal.Read<ushort>(name) == AddressFamilyIpv4;
        return new ExporterEndPoint(isIpv4 ? Ipv6Address.FromV4(name.Slice(4, 4)) : Ipv6Address.FromV6(name.Slice(8, 16)), port);
    }

    public long TimeReceivedNs(int index) => _times[index];

    public void Dispose()
    {
        _socket.Dispose();
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private ref readonly MultiMessage Message(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_received);
        return ref Unsafe.AsRef<MultiMessage>(_messages + index);
    }

    private void ReadControl(int index)
    {
        byte* control = _messages[index].Control;
        nuint rest = _messages[index].ControlLength;
        while (rest >= (nuint)sizeof(ControlHeader))
        {
            var header = (ControlHeader*)control;
            if (header->Length < (nuint)sizeof(ControlHeader) || header->Length > rest)
                return;
            if (header->Level == SolSocket && header->Type == SoTimestampNs)
            {
                var time = (TimeSpec*)(header + 1);
                _times[index] = (time->Seconds * 1_000_000_000) + time->Nanoseconds;
            }
            else if (header->Level == SolSocket && header->Type == SoRxqOvfl)
                _drops.Observe(*(uint*)(header + 1));
            nuint step = Math.Min(rest, (header->Length + 7) & ~(nuint)7);
            control += step;
            rest -= step;
        }
    }
}
