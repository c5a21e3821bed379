namespace Captures.Reassembly;

/// <summary>The next octets of a stream. They are good until the next packet is read.</summary>
/// <param name="TimeNs">When a receiver would have had them: capture time of the packet that completed them.</param>
/// <param name="Gap">Octets missing between the stream's chunk before and this one: lost by the capture, not by TCP.</param>
/// <param name="Ends">The stream ends behind these octets (which may be none): FIN, RST, a new connection in its place, or the capture's end.</param>
public readonly record struct TcpChunk(TcpFlow Flow, ulong TimeNs, long Gap, ReadOnlyMemory<byte> Data, bool Ends);
