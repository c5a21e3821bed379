using System.Text.Json;

namespace SaimirisGateway.Probes.Submit;

/// <summary>A submission as NDJSON: first the object <c>{"metadata":[...]}</c>, then a probe a line, as in the JSON form.</summary>
internal sealed class NdjsonBody(ProbeIntake intake) : LineBody(intake)
{
    protected override SubmissionAnswer? OnLine(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (Line == 1)
            return ReadMetadata(ref reader);
        var refusal = ProbeJson.TryRead(ref reader, out var probe, out string? reason) ? Intake.Take(probe) : Intake.Refuse(reason, Line);
        // Behind a probe there must be nothing more: the reader throws where there is.
        if (refusal is null)
            reader.Read();
        return refusal;
    }

    protected override SubmissionAnswer? EndOfLines() => Line > 0 ? null : Refuse("the body is empty; the first line has to be {\"metadata\":[...]}");

    private SubmissionAnswer? ReadMetadata(ref Utf8JsonReader reader)
    {
        var first = JsonElement.ParseValue(ref reader);
        if (first.ValueKind != JsonValueKind.Object || !first.TryGetProperty("metadata"u8, out var metadata))
            return Refuse("the first line has to be {\"metadata\":[...]}");
        if (!SubmissionMetadata.TryRead(metadata, out var agents, out string? reason))
            return Refuse(reason);
        Agents = agents;
        return null;
    }
}
