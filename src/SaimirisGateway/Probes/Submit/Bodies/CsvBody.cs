using SaimirisGateway.Http;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Reads a submission in caracal's CSV: one probe a line. The query names the agents.</summary>
internal sealed class CsvBody : LineBody
{
    public CsvBody(ProbeAppender probes, IReadOnlyList<RequestedAgent> agents)
        : base(probes) => Agents = agents;

    protected override ErrorAnswer? OnLine(ReadOnlySpan<byte> line)
    {
        if (Line == 1 && line.SequenceEqual(ProbeCsv.Header))
            return null;
        return ProbeCsv.TryRead(line, out var probe, out string? reason) ? Probes.Append(probe) : Probes.Refuse(reason, Line);
    }
}
