namespace Captures.Reassembly;

/// <summary>
/// The octets of one stream put in order. Positions count from the stream's first octet in 64 bits, so the sequence number may
/// wrap. Of octets that come twice the first stand. What comes early waits; too much of it, or the end, makes a gap of what is missing.
/// </summary>
internal sealed class TcpReassembly(TcpFlow flow, int maxWaitingBytes)
{
    // What a waiting segment costs beyond its octets: many tiny ones must not pass the bound.
    private const int SegmentOverheadBytes = 512;

    private readonly List<Waiting> _waiting = [];   // by position, without overlap
    private long _position;
    private uint _sequence;     // of the octet at _position
    private bool _started;
    private bool _synDataUndecided;
    private long? _finAt;
    private bool _emitted;
    private ulong _lastTimeNs;

    /// <summary>Octets of a stream that wait. Data null: the capture cut them off, they will not come.</summary>
    private readonly record struct Waiting(long Position, int Length, byte[]? Data)
    {
        public long End => Position + Length;
    }

    public TcpFlow Flow { get; } = flow;

    public uint? SynSequence { get; private set; }

    public bool Closed { get; private set; }

    public int WaitingBytes { get; private set; }

    /// <summary>Sequence number of the stream's first octet.</summary>
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

    /// <summary>Hands on what still waits, gaps and all, and says that the stream has ended.</summary>
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

    /// <summary>Makes room: gives up the octets before the first that wait.</summary>
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
        // A SYN uses up one sequence number; its data comes behind that (RFC 9293 3.4).
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
    /// Some tools write captures in which a SYN with data does not use up a sequence number: then the next segment begins
    /// one octet earlier than it should, and all positions move by one.
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
        // The usual case: in order, nothing waits, no copy.
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

    private void Advance(long octets)
    {
        _position += octets;
        _sequence += (uint)octets;
    }
}
