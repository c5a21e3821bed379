namespace Captures.Pcap;

/// <summary>Reads a container format: pcap or pcapng.</summary>
internal interface ICaptureFormat
{
    /// <summary>Reads the next packet. False without an error is the clean end of the file.</summary>
    bool TryRead(long number, out CapturedPacket packet, out PcapError? error);
}
