using Captures.Reassembly;

namespace Replay.Bmp;

/// <summary>The next octets that a router sent to its station.</summary>
/// <param name="Resumes">Octets are missing before these, which begin with a message again.</param>
/// <param name="Ends">The connection ends behind these octets (which may be none).</param>
internal readonly record struct BmpChunk(TcpFlow Flow, ulong TimeNs, ReadOnlyMemory<byte> Data, bool Resumes, bool Ends);
