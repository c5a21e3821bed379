using System.Buffers.Binary;
using Replay.Bmp;
using Risotto.Pipeline;

namespace Replay.Decode;

/// <summary>
/// Passes one captured router session to its pipeline message by message, so that the records of all topics come in order.
/// </summary>
/// <param name="pipeline">Takes the messages.</param>
/// <param name="counters">Those of the pipeline.</param>
/// <param name="flush">Closes all batches.</param>
/// <param name="watcher">Sees each message; null: nobody does.</param>
internal sealed class CapturedSession(RisottoPipeline pipeline, SessionCounters counters, Action flush, ISessionWatcher? watcher = null)
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
        watcher?.Opened();
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
    public void Lose()
    {
        if (!_closed)
            watcher?.Lost(_rest.AsSpan(0, _length));
        _length = 0;
    }

    public void End(ulong timeNs)
    {
        if (Error is null)
        {
            ulong endNs = watcher?.NextTimeNs(timeNs) ?? timeNs;
            Finish(() => pipeline.EndOfStream(endNs));
            flush();
            watcher?.Ended(_closed ? default : _rest.AsSpan(0, _length));
        }
        pipeline.GiveUp();
    }

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ulong timeNs)
    {
        while (!_closed && !bytes.IsEmpty)
        {
            ulong messageNs = watcher?.NextTimeNs(timeNs) ?? timeNs;
            var step = TakeOne(bytes[..FirstMessage(bytes)], messageNs, out int consumed);
            if (consumed > 0)
                watcher?.Took(bytes[..consumed]);
            bytes = bytes[consumed..];
            _closed = step == PipelineStep.Closed;
            if (_closed)
                watcher?.Closed(bytes);
            if (consumed == 0)
                break;
        }
        return _closed ? default : bytes;
    }

    // The withdraws of one message may come in several parts.
    private PipelineStep TakeOne(ReadOnlySpan<byte> message, ulong timeNs, out int consumed)
    {
        consumed = 0;
        PipelineStep step;
        do
        {
            step = pipeline.Process(message[consumed..], timeNs, out int taken);
            flush();
            consumed += taken;
        }
        while (step == PipelineStep.NeedsSpace);
        return step;
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
