using Replay.Decode;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace Replay.Explain;

/// <summary>Keeps the records of one message until they are taken. It is the sink of <c>replay decode --explain</c>.</summary>
internal sealed class RecordCollector : IBatchSink
{
    private readonly MessageReader _reader = new();
    private readonly List<RouteRecord> _routes = [];
    private readonly List<MalformedRecord> _malformed = [];
    private int _peerEvents, _statistics;

    /// <summary>All records since the start.</summary>
    public long Records { get; private set; }

    /// <summary>Records that Shared's reader cannot read, which is a defect of the encoder.</summary>
    public long Unreadable { get; private set; }

    public void Submit(RecordBatch batch)
    {
        for (var rest = batch.Value; !rest.IsEmpty;)
        {
            if (_reader.TryRead(rest, out var record, out int consumed))
                Keep(batch.Topic, record);
            else
                Unreadable++;
            if (consumed == 0)
                break;
            rest = rest[consumed..];
        }
        batch.Release();
    }

    /// <summary>The records since the last call.</summary>
    public CollectedRecords Take()
    {
        var taken = new CollectedRecords([.. _routes], [.. _malformed], _peerEvents, _statistics);
        _routes.Clear();
        _malformed.Clear();
        _peerEvents = _statistics = 0;
        return taken;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Keep(string topic, StructReader record)
    {
        Records++;
        switch (topic)
        {
            case RecordPrinter.Updates:
                _routes.Add(RouteRecord.Read(record));
                break;
            case RecordPrinter.Malformed:
                _malformed.Add(MalformedRecord.Read(record));
                break;
            case RecordPrinter.Peers:
                _peerEvents++;
                break;
            default:
                _statistics++;
                break;
        }
    }
}

/// <summary>The records that a pipeline has written while it took one message.</summary>
internal sealed record CollectedRecords(
    IReadOnlyList<RouteRecord> Routes, IReadOnlyList<MalformedRecord> Malformed, int PeerEvents, int Statistics);
