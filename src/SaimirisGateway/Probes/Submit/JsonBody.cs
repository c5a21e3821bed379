using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Probes.Submit;

/// <summary>A submission as one JSON object, <c>{"metadata":[...],"probes":[...]}</c>; held in memory, so its size is limited.</summary>
/// <remarks>What is no JSON is told from what is JSON of another shape, as the service's first version did.</remarks>
internal sealed class JsonBody(ProbeIntake intake) : IProbeBody
{
    // That of the first version's parser.
    private const int MaxDepth = 128;

    private readonly ArrayBufferWriter<byte> _body = new(16 << 10);

    public IReadOnlyList<RequestedAgent> Agents { get; private set; } = [];

    public SubmissionAnswer? Take(ReadOnlySequence<byte> octets)
    {
        if (_body.WrittenCount + octets.Length > ProbeOptions.MaxJsonBytes)
            return SubmissionAnswer.PlainText(StatusCodes.Status413PayloadTooLarge, "Failed to buffer the request body: length limit exceeded");
        foreach (var part in octets)
            _body.Write(part.Span);
        return null;
    }

    public SubmissionAnswer? End()
    {
        if (!Utf8.IsValid(_body.WrittenSpan))
            return NoJson("it is no UTF-8");
        try
        {
            using var document = JsonDocument.Parse(_body.WrittenMemory, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter: a string with half of a surrogate pair.
            return NoJson(e.Message);
        }
    }

    private SubmissionAnswer? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return OtherShape("expected an object");
        JsonElement? metadata = null, probes = null;
        foreach (var member in root.EnumerateObject())
        {
            if (member.NameEquals("metadata"u8) && metadata is null)
                metadata = member.Value;
            else if (member.NameEquals("probes"u8) && probes is null)
                probes = member.Value;
            else if (member.NameEquals("metadata"u8) || member.NameEquals("probes"u8))
                return OtherShape($"duplicate field `{member.Name}`");
        }
        if (metadata is null || probes is null)
            return OtherShape($"missing field `{(metadata is null ? "metadata" : "probes")}`");
        if (!SubmissionMetadata.TryRead(metadata.Value, out var agents, out string? reason))
            return OtherShape(reason);
        Agents = agents;
        return probes.Value.ValueKind == JsonValueKind.Array ? ReadProbes(JsonMarshal.GetRawUtf8Value(probes.Value)) : OtherShape("probes: expected an array");
    }

    private SubmissionAnswer? ReadProbes(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var refusal = ProbeJson.TryRead(ref reader, out var probe, out string? reason) ? intake.Take(probe) : intake.Refuse(reason);
            if (refusal is not null)
                return refusal;
        }
        return null;
    }

    private static SubmissionAnswer NoJson(string reason) =>
        SubmissionAnswer.PlainText(StatusCodes.Status400BadRequest, $"Failed to parse the request body as JSON: {reason}");

    private static SubmissionAnswer OtherShape(string reason) =>
        SubmissionAnswer.PlainText(StatusCodes.Status422UnprocessableEntity, $"Failed to deserialize the JSON body into the target type: {reason}");
}
