namespace Captures.Reassembly;

/// <summary>
/// Puts the bytes of one stream in order. Positions count from the stream's first byte in 64 bits, so the sequence number may wrap. Of
/// bytes that come twice, the first count. Bytes that come early wait; if too many wait, or the stream ends, the missing bytes become a
/// gap.
/// </summary>
internal sealed class TcpReassembly(TcpFlow flow, int maxWaitingBytes)
{
    // The memory of a waiting segment beyond its bytes: many tiny segments must not exceed the limit.
    private const int SegmentOverheadBytes = 512;

    private readonly List<Waiting> _waiting = [];   // by position, without overlap
    private long _position;
    private uint _sequence;     // of the byte at _position
    private bool _started;
    private bool _synDataUndecided;
    private long? _finAt;
    private bool _emitted;
    private ulong _lastTimeNs;

    /// <summary>Bytes of a stream that wait. If Data is null, the capture has cut them off, so they do not come.</summary>
    private readonly record struct Waiting(long Position, int Length, byte[]? Data)
    {
        public long End => Position + Length;
    }

    public TcpFlow Flow { get; } = flow;

    public uint? SynSequence { get; private set; }

    public bool Closed { get; private set; }

    public int WaitingBytes { get; private set; }

    /// <summary>Sequence number of the stream's first byte.</summary>
    public uint FirstSequence { get; private set; }

    public void Add(in TcpSegment segment, ulong timeNs, List<TcpChunk> output)
    {
        if (Closed)
            return;
        _lastTimeNs = timeNs;
        if (segment.Syn)
            AddSyn(segment, timeNs, output);
        else if (segment.PayloadLength > 0)
            AddData(segment, timeNs, output);
        if (segment.Rst)
        {
            End(output);
            return;
        }
        if (segment.Fin && _started)
            _finAt ??= PositionOf(segment.Sequence) + segment.PayloadLength;
        if (_finAt <= _position)
            End(output);
        else if (WaitingBytes > maxWaitingBytes)
            SkipGap(output);
    }

    /// <summary>Returns the bytes that still wait, with their gaps, and the end of the stream.</summary>
    public void End(List<TcpChunk> output)
    {
        if (Closed)
            return;
        while (_waiting.Count > 0)
            SkipGap(output);
        Closed = true;
        if (_emitted)
            output.Add(new TcpChunk(Flow, _lastTimeNs, 0, default, Ends: true));
    }

    /// <summary>Makes room: the bytes before the first that wait become a gap.</summary>
    public void SkipGap(List<TcpChunk> output)
    {
        if (_waiting.Count > 0)
            Drain(_waiting[0].Position - _position, _lastTimeNs, output);
    }

    private void AddSyn(in TcpSegment segment, ulong timeNs, List<TcpChunk> output)
    {
        SynSequence ??= segment.Sequence;
        if (!_started)
        {
            _started = true;
            _sequence = FirstSequence = segment.Sequence + 1;
            _synDataUndecided = segment.PayloadLength > 0;
        }
        // A SYN uses up one sequence number; its data follows (RFC 9293 3.4).
        if (segment.PayloadLength > 0 && _position == 0)
            Insert(_position, segment, timeNs, output);
    }

    private void AddData(in TcpSegment segment, ulong timeNs, List<TcpChunk> output)
    {
        if (!_started)
        {
            _started = true;
            _sequence = FirstSequence = segment.Sequence;
        }
        if (_synDataUndecided)
            DecideSynData(segment.Sequence);
        Insert(PositionOf(segment.Sequence), segment, timeNs, output);
    }

    /// <summary>
    /// Some tools write captures in which a SYN with data does not use up a sequence number. Then the next segment begins one byte earlier,
    /// and all positions move by one.
    /// </summary>
    private void DecideSynData(uint sequence)
    {
        if (sequence == _sequence)
            _synDataUndecided = false;
        if (sequence != _sequence - 1)
            return;
        _synDataUndecided = false;
        _sequence--;
        for (int i = 0; i < _waiting.Count; i++)
            _waiting[i] = _waiting[i] with { Position = _waiting[i].Position + 1 };
    }

    private long PositionOf(uint sequence) => _position + (int)(sequence - _sequence);

    private void Insert(long position, in TcpSegment segment, ulong timeNs, List<TcpChunk> output)
    {
        InsertPart(position, segment.Payload, segment.Payload.Length, timeNs, output);
        int cut = segment.PayloadLength - segment.Payload.Length;
        if (cut > 0)
            InsertPart(position + segment.Payload.Length, null, cut, timeNs, output);
    }

    private void InsertPart(long position, ReadOnlyMemory<byte>? data, int length, ulong timeNs, List<TcpChunk> output)
    {
        int old = (int)Math.Clamp(_position - position, 0, length);
        position += old;
        length -= old;
        data = data?[old..];
        // In the usual case the bytes are in order and nothing waits, so nothing is copied.
        if (_waiting.Count == 0 && position == _position && data is { IsEmpty: false } inOrder)
        {
            Emit(inOrder, 0, timeNs, output);
            return;
        }
        for (int i = 0; length > 0; i++)
        {
            long next = i < _waiting.Count ? _waiting[i].Position : long.MaxValue;
            int free = (int)Math.Clamp(next - position, 0, length);
            if (free > 0)
                Wait(i++, new Waiting(position, free, data?[..free].ToArray()));
            long end = i < _waiting.Count ? _waiting[i].End : position + free;
            int taken = Math.Max(free, (int)Math.Clamp(end - position, 0, length));
            position += taken;
            length -= taken;
            data = data?[taken..];
        }
        Drain(0, timeNs, output);
    }

    private void Wait(int index, Waiting waiting)
    {
        _waiting.Insert(index, waiting);
        WaitingBytes += (waiting.Data?.Length ?? 0) + SegmentOverheadBytes;
    }

    private void Drain(long gap, ulong timeNs, List<TcpChunk> output)
    {
        Advance(gap);
        int used = 0;
        for (; used < _waiting.Count && _waiting[used].Position == _position; used++)
        {
            var next = _waiting[used];
            WaitingBytes -= (next.Data?.Length ?? 0) + SegmentOverheadBytes;
            if (next.Data is null)
            {
                gap += next.Length;
                Advance(next.Length);
            }
            else
            {
                Emit(next.Data, gap, timeNs, output);
                gap = 0;
            }
        }
        _waiting.RemoveRange(0, used);
        if (gap > 0)
            Emit(default, gap, timeNs, output);
    }

    private void Emit(ReadOnlyMemory<byte> data, long gap, ulong timeNs, List<TcpChunk> output)
    {
        output.Add(new TcpChunk(Flow, timeNs, gap, data, Ends: false));
        _emitted = true;
        Advance(data.Length);
    }

    private void Advance(long bytes)
    {
        _position += bytes;
        _sequence += (uint)bytes;
    }
}
