using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Decode;
using SaimirisGateway.Probes.Outbox;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Appends the probes of a body to its file, up to the limits of a body and of the user.</summary>
/// <param name="maxProbes">The maximum of one body.</param>
/// <param name="quota">The maximum of the user. The rest of a longer body is not read.</param>
internal sealed class ProbeAppender(ProbesFileWriter file, long maxProbes, long quota, TimeProvider time)
{
    /// <summary>The answer to a user who has no quota left. A new day begins at midnight UTC.</summary>
    public static ErrorAnswer QuotaExceeded(TimeProvider time) => new(StatusCodes.Status429TooManyRequests, "Daily probe limit exceeded")
    {
        RetryAfter = TimeSpan.FromDays(1) - time.GetUtcNow().TimeOfDay,
    };

    /// <returns>Why the body is refused; null when the probe is appended.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ErrorAnswer? Append(in Probe probe)
    {
        if (file.Count >= maxProbes)
        {
            return new ErrorAnswer(
                StatusCodes.Status413PayloadTooLarge, $"More than {maxProbes} probes in one body; send them as several measurements");
        }
        if (file.Count >= quota)
            return QuotaExceeded(time);
        file.Append(probe);
        return null;
    }

    /// <summary>Refuses the body because its next probe is invalid.</summary>
    /// <param name="line">The line of the probe; null when the body has no lines.</param>
    public ErrorAnswer Refuse(string reason, long? line = null)
    {
        string place = line is null ? "" : $" (line {line})";
        return new ErrorAnswer(StatusCodes.Status400BadRequest, $"Probe validation failed: Probe at index {file.Count}: {reason}{place}");
    }
}
