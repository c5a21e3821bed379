namespace Captures.Reassembly;

/// <summary>The next bytes of a stream, which are valid until the next packet is read.</summary>
/// <param name="TimeNs">The capture time of the packet that completes them: a receiver has them then.</param>
/// <param name="Gap">Bytes missing between the stream's last chunk and this one. The capture lost them, not TCP.</param>
/// <param name="Ends">
/// The stream ends after these bytes, of which there may be none: FIN, RST, a new connection of the same ports, or the capture's end.
/// </param>
public readonly record struct TcpChunk(TcpFlow Flow, ulong TimeNs, long Gap, ReadOnlyMemory<byte> Data, bool Ends);
