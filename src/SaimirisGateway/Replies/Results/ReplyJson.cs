using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SaimirisGateway.Replies.Results.Memory;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Replies.Results;

/// <summary>A reply as a JSON object with the schema's field names, and its place in the order of replies.</summary>
internal readonly record struct ReplyJson(string AgentId, ulong EpochNs, ulong Sequence, ReadOnlyMemory<byte> Utf8)
{
    public static readonly JsonWriterOptions Format =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="InvalidDataException">The reply is no valid message. Our own encoder does not write such a reply.</exception>
    public static ReplyJson FromMessage(MemoryReply reply, ulong epochNs, MessageReader reader)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(bytes, Format);
        if (!reader.TryRead(reply.Message.Span, out var record, out _) || !RecordJson.TryWrite(json, ReplySchema.Record, record))
            throw new InvalidDataException($"a stored reply is no message: {reader.Error}");
        json.Flush();
        return new ReplyJson(reply.AgentId, epochNs, reply.Sequence, bytes.WrittenMemory);
    }
}
