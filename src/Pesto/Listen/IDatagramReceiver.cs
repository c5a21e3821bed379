using Pesto.Frame;

namespace Pesto.Listen;

/// <summary>Reads the datagrams of one socket, for one thread.</summary>
internal interface IDatagramReceiver : IDisposable
{
    /// <summary>True if the times are those at which the kernel received the datagrams; false if the process read them then.</summary>
    bool HasArrivalTimes { get; }

    /// <summary>Bytes of the kernel's receive buffer for the socket.</summary>
    int BufferBytes { get; }

    /// <summary>
    /// Datagrams that the kernel has dropped since the socket was opened, because the buffer was full. Any thread may read it.
    /// </summary>
    long Drops { get; }

    /// <summary>
    /// Takes the datagrams that the kernel holds. If it holds none and <paramref name="wait"/> is true, waits for one, at most
    /// <see cref="SFlowSocket.WaitTime"/>.
    /// </summary>
    /// <returns>The number of datagrams; 0 if none came.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The system refuses to read.</exception>
    int Receive(bool wait);

    /// <summary>The bytes of a datagram of the last call.</summary>
    ReadOnlySpan<byte> Payload(int index);

    ExporterEndPoint Source(int index);

    /// <summary>Nanoseconds since 1970 UTC.</summary>
    long TimeReceivedNs(int index);
}
