using System.Buffers.Binary;
using Replay.Bmp;
using Risotto.Pipeline;

namespace Replay.Decode;

/// <summary>One captured router session and its pipeline, fed message by message so that the records of all topics come in order.</summary>
internal sealed class BmpSession(RisottoPipeline pipeline, SessionCounters counters, Action flush)
{
    private byte[] _rest = [];
    private int _length;
    private bool _closed;

    public SessionCounters Counters => counters;

    /// <summary>Why the stream was given up; null while it is sound.</summary>
    public string? Error => _closed ? pipeline.Error.ToString() : null;

    /// <summary>The session's opening is an event of its own, before any message.</summary>
    public void Begin(ulong timeNs)
    {
        Finish(() => pipeline.Process(default, timeNs, out _));
        flush();
    }

    public void Add(ReadOnlySpan<byte> octets, ulong timeNs)
    {
        if (_closed)
            return;
        if (_length == 0)
        {
            octets = Take(octets, timeNs);
            Keep(octets);
            return;
        }
        Keep(octets);
        var left = Take(_rest.AsSpan(0, _length), timeNs);
        left.CopyTo(_rest);
        _length = left.Length;
    }

    /// <summary>The capture lost octets: the message that they belong to is given up.</summary>
    public void Lose() => _length = 0;

    public void End(ulong timeNs)
    {
        if (_closed)
            return;
        Finish(() => pipeline.EndOfStream(timeNs));
        flush();
    }

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> octets, ulong timeNs)
    {
        while (!_closed && !octets.IsEmpty)
        {
            var step = pipeline.Process(octets[..FirstMessage(octets)], timeNs, out int consumed);
            flush();
            _closed = step == PipelineStep.Closed;
            octets = octets[consumed..];
            // Many withdraws of one message come in parts.
            if (step == PipelineStep.NeedsSpace)
                continue;
            if (consumed == 0)
                break;
        }
        return _closed ? default : octets;
    }

    // What has no sound length is handed over whole: the pipeline says what is wrong with it.
    private static int FirstMessage(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < BmpHeader.Bytes)
            return octets.Length;
        uint claimed = BinaryPrimitives.ReadUInt32BigEndian(octets[1..]);
        return claimed >= BmpHeader.Bytes && claimed <= (uint)octets.Length ? (int)claimed : octets.Length;
    }

    // The sink gives every batch back at once, so there is always a free one.
    private static void Finish(Func<PipelineStep> step)
    {
        while (step() == PipelineStep.NeedsSpace)
        {
        }
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (_rest.Length < _length + octets.Length)
            Array.Resize(ref _rest, Math.Max(2 * _rest.Length, _length + octets.Length));
        octets.CopyTo(_rest.AsSpan(_length));
        _length += octets.Length;
    }
}
