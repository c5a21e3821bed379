using Pesto.Frame;

namespace Pesto.Pipeline;

/// <summary>Takes the datagrams that one socket's thread receives.</summary>
internal interface IDatagramHandler
{
    /// <summary>Takes one datagram. Throws for nothing that the datagram contains.</summary>
    /// <param name="datagram">The UDP payload; valid until the method returns.</param>
    /// <param name="source">The sender.</param>
    /// <param name="timeReceivedNs">Nanoseconds since 1970 UTC.</param>
    DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs);

    /// <summary>The thread calls this before it waits for the next datagrams. The handler lets go of every lock.</summary>
    void Release();
}
