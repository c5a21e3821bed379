using System.Buffers.Binary;
using Replay.Bmp;
using Risotto.Pipeline;

namespace Replay.Decode;

/// <summary>
/// Passes one captured router session to its pipeline message by message, so that the records of all topics come in order.
/// </summary>
internal sealed class CapturedSession(RisottoPipeline pipeline, SessionCounters counters, Action flush)
{
    private byte[] _rest = [];
    private int _length;
    private bool _closed;

    public SessionCounters Counters => counters;

    /// <summary>The fault at which the pipeline gave up the stream; null while there is none.</summary>
    public string? Error => pipeline.Error.IsError ? pipeline.Error.ToString() : null;

    /// <summary>Opens the session, which is an event before any message.</summary>
    public void Begin(ulong timeNs)
    {
        Finish(() => pipeline.Process(default, timeNs, out _));
        flush();
    }

    public void Add(ReadOnlySpan<byte> bytes, ulong timeNs)
    {
        if (_closed)
            return;
        if (_length == 0)
        {
            bytes = Take(bytes, timeNs);
            Keep(bytes);
            return;
        }
        Keep(bytes);
        var left = Take(_rest.AsSpan(0, _length), timeNs);
        left.CopyTo(_rest);
        _length = left.Length;
    }

    /// <summary>Drops the incomplete message, because the capture lost bytes of it.</summary>
    public void Lose() => _length = 0;

    public void End(ulong timeNs)
    {
        if (Error is null)
        {
            Finish(() => pipeline.EndOfStream(timeNs));
            flush();
        }
        pipeline.GiveUp();
    }

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ulong timeNs)
    {
        while (!_closed && !bytes.IsEmpty)
        {
            var step = pipeline.Process(bytes[..FirstMessage(bytes)], timeNs, out int consumed);
            flush();
            _closed = step == PipelineStep.Closed;
            bytes = bytes[consumed..];
            // The withdraws of one message may come in several parts.
            if (step == PipelineStep.NeedsSpace)
                continue;
            if (consumed == 0)
                break;
        }
        return _closed ? default : bytes;
    }

    // A message without a valid length goes to the pipeline whole, which reports the fault.
    private static int FirstMessage(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < BmpHeader.Bytes)
            return bytes.Length;
        uint claimed = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        return claimed >= BmpHeader.Bytes && claimed <= (uint)bytes.Length ? (int)claimed : bytes.Length;
    }

    // The sink returns each batch at once, so that one is always free.
    private static void Finish(Func<PipelineStep> step)
    {
        while (step() == PipelineStep.NeedsSpace)
        {
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_rest.Length < _length + bytes.Length)
            Array.Resize(ref _rest, Math.Max(2 * _rest.Length, _length + bytes.Length));
        bytes.CopyTo(_rest.AsSpan(_length));
        _length += bytes.Length;
    }
}
