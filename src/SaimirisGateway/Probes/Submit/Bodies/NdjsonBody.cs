using System.Text.Json;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Reads a submission in NDJSON: first the object <c>{"metadata":[...]}</c>, then one probe a line, as in the JSON form.</summary>
internal sealed class NdjsonBody(ProbeAppender probes) : LineBody(probes)
{
    protected override ErrorAnswer? OnLine(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (Line == 1)
            return ReadMetadata(ref reader);
        var refusal = ProbeJson.TryRead(ref reader, out var probe, out string? reason) ? Probes.Append(probe) : Probes.Refuse(reason, Line);
        // Nothing may follow a probe: the reader throws if something does.
        if (refusal is null)
            reader.Read();
        return refusal;
    }

    protected override ErrorAnswer? EndOfLines() =>
        Line > 0 ? null : Refuse("the body is empty; the first line has to be {\"metadata\":[...]}");

    private ErrorAnswer? ReadMetadata(ref Utf8JsonReader reader)
    {
        var first = JsonElement.ParseValue(ref reader);
        if (first.ValueKind != JsonValueKind.Object || !first.TryGetProperty("metadata"u8, out var metadata))
            return Refuse("the first line has to be {\"metadata\":[...]}");
        if (!RequestedAgents.TryRead(metadata, out var agents, out string? reason))
            return Refuse(reason);
        Agents = agents;
        return null;
    }
}
