using Microsoft.AspNetCore.Http;
using SaimirisGateway.Probes.Outbox;

namespace SaimirisGateway.Probes.Submit;

/// <summary>Takes a body's probes, one by one, up to the limits of a body and of the user.</summary>
/// <param name="file">Where they go.</param>
/// <param name="maxProbes">Of one body.</param>
/// <param name="quota">What the user may have at most; more is not even read.</param>
internal sealed class ProbeIntake(ProbesFileWriter file, long maxProbes, long quota)
{
    public const string QuotaExceeded = "Daily probe limit exceeded";

    /// <summary>Null: it is taken.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public SubmissionAnswer? Take(in Probe probe)
    {
        if (file.Count >= maxProbes)
            return new SubmissionAnswer(StatusCodes.Status413PayloadTooLarge, $"More than {maxProbes} probes in one body; send them as several measurements");
        if (file.Count >= quota)
            return new SubmissionAnswer(StatusCodes.Status429TooManyRequests, QuotaExceeded);
        file.Append(probe);
        return null;
    }

    /// <param name="reason">Why the next one is no probe.</param>
    /// <param name="line">Where the body is one of lines.</param>
    public SubmissionAnswer Refuse(string reason, long? line = null) =>
        new(StatusCodes.Status400BadRequest, $"Probe validation failed: Probe at index {file.Count}: {reason}{(line is null ? "" : $" (line {line})")}");
}
