using Captures.Reassembly;

namespace Replay.Bmp;

/// <summary>The next bytes that a router sends to its station.</summary>
/// <param name="Resumes">Bytes are missing before these, which begin with a message again.</param>
/// <param name="Ends">The connection ends after these bytes, of which there may be none.</param>
internal readonly record struct BmpChunk(TcpFlow Flow, ulong TimeNs, ReadOnlyMemory<byte> Data, bool Resumes, bool Ends);
