using Captures.Reassembly;

namespace Replay.Bmp;

/// <summary>
/// Picks the BMP streams out of all TCP streams, on any port, by the common header at their start. If the capture lacks the start of a
/// stream or lost bytes, it resumes the stream at the first segment that begins with a message.
/// </summary>
internal sealed class BmpStreams
{
    private readonly Dictionary<TcpFlow, Candidate> _candidates = [];

    private enum State
    {
        /// <summary>Fewer bytes than a common header.</summary>
        Undecided,
        Bmp,
        Resuming,
        Other,
    }

    private sealed class Candidate
    {
        public State State;
        public byte[] Start = [];
        public bool WasBmp;
    }

    /// <summary>Streams that are BMP.</summary>
    public long Streams { get; private set; }

    /// <summary>Streams with data that are not BMP.</summary>
    public long OtherStreams { get; private set; }

    /// <summary>Gaps in BMP streams, where the capture lost bytes.</summary>
    public long Gaps { get; private set; }

    /// <summary>False: the chunk belongs to another protocol, or the stream needs more bytes for a decision.</summary>
    public bool TryTake(in TcpChunk chunk, out BmpChunk bmp)
    {
        bmp = default;
        if (!_candidates.TryGetValue(chunk.Flow, out var candidate))
            _candidates[chunk.Flow] = candidate = new Candidate();
        if (chunk.Gap > 0)
            Lose(candidate);
        bool resumes = candidate is { State: State.Resuming, WasBmp: true };
        var data = chunk.Data;
        if (candidate.State == State.Undecided)
            data = Decide(candidate, chunk);
        else if (candidate.State == State.Resuming && BmpHeader.IsLikely(data.Span))
            Enter(candidate);
        if (chunk.Ends)
        {
            OtherStreams += candidate.WasBmp ? 0 : 1;
            _candidates.Remove(chunk.Flow);
        }
        if (candidate.State != State.Bmp)
        {
            // The end of a BMP connection counts even if its last bytes are of no use.
            bmp = new BmpChunk(chunk.Flow, chunk.TimeNs, default, Resumes: false, chunk.Ends);
            return candidate.WasBmp && chunk.Ends;
        }
        bmp = new BmpChunk(chunk.Flow, chunk.TimeNs, data, resumes, chunk.Ends);
        return true;
    }

    private void Lose(Candidate candidate)
    {
        Gaps += candidate.WasBmp ? 1 : 0;
        if (candidate.State != State.Other)
            candidate.State = State.Resuming;
    }

    private ReadOnlyMemory<byte> Decide(Candidate candidate, in TcpChunk chunk)
    {
        var data = candidate.Start.Length == 0 ? chunk.Data : (byte[])[.. candidate.Start, .. chunk.Data.Span];
        if (data.Length < BmpHeader.Bytes)
            candidate.Start = data.ToArray();
        else if (BmpHeader.IsLikely(data.Span))
            Enter(candidate);
        else
            candidate.State = chunk.Flow.StartsWithSyn ? State.Other : State.Resuming;
        return data;
    }

    private void Enter(Candidate candidate)
    {
        Streams += candidate.WasBmp ? 0 : 1;
        candidate.State = State.Bmp;
        candidate.WasBmp = true;
        candidate.Start = [];
    }
}
