using Pesto.Frame;
using Pesto.Pipeline;

namespace Pesto.Listen;

/// <summary>Takes what one socket's thread receives.</summary>
internal interface IDatagramHandler
{
    /// <summary>Takes one datagram. No exception for anything that stands in it.</summary>
    /// <param name="datagram">The UDP payload; good until it returns.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="timeReceivedNs">Nanoseconds since 1970 UTC.</param>
    DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs);

    /// <summary>The thread is about to wait for the next ones: nothing may be held any more.</summary>
    void Release();
}
