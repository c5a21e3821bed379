using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>
/// Reads a submission in one JSON object, <c>{"metadata":[...],"probes":[...]}</c>. It holds the body in memory, at most
/// <see cref="JsonRequest.MaxBytes"/>.
/// </summary>
internal sealed class JsonBody(ProbeAppender appender) : IProbeBody
{
    // The depth of the first version's parser.
    private const int MaxDepth = 128;

    private readonly ArrayBufferWriter<byte> _body = new(16 << 10);

    public IReadOnlyList<RequestedAgent> Agents { get; private set; } = [];

    public ErrorAnswer? Take(ReadOnlySequence<byte> bytes)
    {
        if (_body.WrittenCount + bytes.Length > JsonRequest.MaxBytes)
            return JsonRequest.TooLarge;
        foreach (var part in bytes)
            _body.Write(part.Span);
        return null;
    }

    public ErrorAnswer? End()
    {
        if (!Utf8.IsValid(_body.WrittenSpan))
            return JsonRequest.SyntaxError("it is no UTF-8");
        try
        {
            using var document = JsonDocument.Parse(_body.WrittenMemory, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with half of a surrogate pair.
            return JsonRequest.SyntaxError(e.Message);
        }
    }

    private ErrorAnswer? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return JsonRequest.ShapeError("expected an object");
        JsonElement? metadata = null, probes = null;
        foreach (var member in root.EnumerateObject())
        {
            if (member.NameEquals("metadata"u8) && metadata is null)
                metadata = member.Value;
            else if (member.NameEquals("probes"u8) && probes is null)
                probes = member.Value;
            else if (member.NameEquals("metadata"u8) || member.NameEquals("probes"u8))
                return JsonRequest.ShapeError($"duplicate field `{member.Name}`");
        }
        if (metadata is null || probes is null)
            return JsonRequest.ShapeError($"missing field `{(metadata is null ? "metadata" : "probes")}`");
        if (!RequestedAgents.TryRead(metadata.Value, out var agents, out string? reason))
            return JsonRequest.ShapeError(reason);
        Agents = agents;
        return probes.Value.ValueKind == JsonValueKind.Array
            ? ReadProbes(JsonMarshal.GetRawUtf8Value(probes.Value))
            : JsonRequest.ShapeError("probes: expected an array");
    }

    private ErrorAnswer? ReadProbes(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var refusal = ProbeJson.TryRead(ref reader, out var probe, out string? reason)
                ? appender.Append(probe)
                : appender.Refuse(reason);
            if (refusal is not null)
                return refusal;
        }
        return null;
    }
}
