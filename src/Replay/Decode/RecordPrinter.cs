using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Replay.Json;
using SaimirisGateway.Replies.Results;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace Replay.Decode;

/// <summary>
/// Reads the messages of each batch back and prints them, one JSON object a line. It is the sink of <c>replay decode</c>.
/// </summary>
internal sealed class RecordPrinter(Stream output) : IBatchSink
{
    public const string Updates = "updates";
    public const string Peers = "peers";
    public const string Stats = "stats";
    public const string Malformed = "malformed";
    public const string Replies = "replies";
    public const string Flows = "flows";
    public const string InterfaceCounters = "interface counters";

    private readonly MessageReader _reader = new();
    private readonly ArrayBufferWriter<byte> _line = new(4096);

    // People and jq read this, so it needs no escapes for HTML.
    private readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public long Records { get; private set; }

    /// <summary>Messages that Shared's reader cannot read, which is a defect of the encoder.</summary>
    public long Unreadable { get; private set; }

    public void Submit(RecordBatch batch)
    {
        var schema = batch.Topic switch
        {
            Updates => UpdateSchema.Update,
            Peers => PeerEventSchema.PeerEvent,
            Stats => PeerStatisticSchema.PeerStatistic,
            Replies => ReplySchema.Record,
            Flows => FlowSchema.Flow,
            InterfaceCounters => InterfaceCounterSchema.InterfaceCounters,
            _ => MalformedMessageSchema.MalformedMessage,
        };
        using (var json = new Utf8JsonWriter(_line, _options))
        {
            for (var rest = batch.Value; !rest.IsEmpty;)
            {
                if (!_reader.TryRead(rest, out var record, out int consumed) || !TryPrint(json, schema, record))
                    Unreadable++;
                if (consumed == 0)
                    break;
                rest = rest[consumed..];
            }
        }
        batch.Release();
    }

    public void Flush() => output.Flush();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool TryPrint(Utf8JsonWriter json, RecordSchema schema, StructReader record)
    {
        _line.ResetWrittenCount();
        json.Reset();
        bool isWhole = RecordJson.TryWrite(json, schema, record);
        json.Flush();
        if (!isWhole)
            return false;
        output.Write(_line.WrittenSpan);
        output.WriteByte((byte)'\n');
        Records++;
        return true;
    }
}
