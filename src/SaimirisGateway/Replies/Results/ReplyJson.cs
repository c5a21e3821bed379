using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Replies.Results;

/// <summary>A reply as a JSON object, with the schema's field names, and its place in the order.</summary>
internal readonly record struct ReplyJson(string AgentId, ulong EpochNs, ulong Sequence, ReadOnlyMemory<byte> Utf8)
{
    public static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="InvalidDataException">It is no message, which our own encoder does not write.</exception>
    public static ReplyJson Of(KeptReply reply, ulong epochNs, MessageReader reader)
    {
        var octets = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(octets, Format);
        if (!reader.TryRead(reply.Message.Span, out var record, out _) || !RecordJson.TryWrite(json, ReplySchema.Reply, record))
            throw new InvalidDataException($"a kept reply is no message: {reader.Error}");
        json.Flush();
        return new ReplyJson(reply.AgentId, epochNs, reply.Sequence, octets.WrittenMemory);
    }
}
