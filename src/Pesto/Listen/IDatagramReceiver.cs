using Pesto.Frame;

namespace Pesto.Listen;

/// <summary>Reads the datagrams of one socket, for one thread.</summary>
internal interface IDatagramReceiver : IDisposable
{
    /// <summary>The times are those at which the kernel took the datagrams in, not those at which they were read.</summary>
    bool HasArrivalTimes { get; }

    /// <summary>Octets that the kernel holds for the socket.</summary>
    int BufferBytes { get; }

    /// <summary>Datagrams that the kernel dropped because the buffer was full, since the socket was opened. For any thread.</summary>
    long Drops { get; }

    /// <summary>
    /// Takes the datagrams that are there. Where there is none and <paramref name="wait"/> is true, waits for one, at most
    /// <see cref="SFlowSocket.WaitTime"/>.
    /// </summary>
    /// <returns>How many; 0 when none came.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The system refuses.</exception>
    int Receive(bool wait);

    /// <summary>The octets of a datagram of the last call.</summary>
    ReadOnlySpan<byte> Payload(int index);

    ExporterEndPoint Source(int index);

    /// <summary>Nanoseconds since 1970 UTC.</summary>
    long TimeReceivedNs(int index);
}
