using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>One captured frame. Its octets belong to the reader and are good until the next packet is read.</summary>
/// <param name="Number">Its place in the file, from 1, as packet tools count.</param>
/// <param name="TimeNs">Capture time, nanoseconds since 1970 UTC.</param>
/// <param name="LinkType">What <paramref name="Data"/> begins with.</param>
/// <param name="Data">What was captured; shorter than <paramref name="OriginalLength"/> where the snap length cut it.</param>
/// <param name="OriginalLength">Octets the frame had on the wire.</param>
/// <param name="Offset">Octet of the (uncompressed) file at which its record begins.</param>
public readonly record struct CapturedPacket(
    long Number, ulong TimeNs, LinkType LinkType, ReadOnlyMemory<byte> Data, uint OriginalLength, long Offset);
