using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>A captured frame. Its bytes belong to the reader and are valid until the next packet is read.</summary>
/// <param name="Number">Its number in the file, from 1, as in packet tools.</param>
/// <param name="TimeNs">Capture time, nanoseconds since 1970 UTC.</param>
/// <param name="LinkType">The link layer at the start of <paramref name="Data"/>.</param>
/// <param name="Data">The captured bytes; fewer than <paramref name="OriginalLength"/> if the snap length cut the frame.</param>
/// <param name="OriginalLength">Bytes of the frame on the wire.</param>
/// <param name="Offset">Offset of its record in the uncompressed file.</param>
public readonly record struct CapturedPacket(
    long Number, ulong TimeNs, LinkType LinkType, ReadOnlyMemory<byte> Data, uint OriginalLength, long Offset);
