namespace Captures.Pcap;

/// <summary>A container format: pcap or pcapng.</summary>
internal interface ICaptureFormat
{
    /// <summary>False with no error is the clean end of the file.</summary>
    bool TryRead(long number, out CapturedPacket packet, out PcapError? error);
}
