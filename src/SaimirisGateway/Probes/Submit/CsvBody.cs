namespace SaimirisGateway.Probes.Submit;

/// <summary>A submission as caracal's CSV: a probe a line; the agents stand in the query.</summary>
internal sealed class CsvBody : LineBody
{
    public CsvBody(ProbeIntake intake, IReadOnlyList<RequestedAgent> agents)
        : base(intake) => Agents = agents;

    protected override SubmissionAnswer? OnLine(ReadOnlySpan<byte> line)
    {
        if (Line == 1 && line.SequenceEqual(ProbeCsv.Header))
            return null;
        return ProbeCsv.TryRead(line, out var probe, out string? reason) ? Intake.Take(probe) : Intake.Refuse(reason, Line);
    }
}
