using Microsoft.Extensions.Logging;
using Pesto.Telemetry;
using Shared.Hosting.Logging;

namespace Pesto.Listen;

/// <summary>Limits the log lines that senders can cause, for all sockets together.</summary>
internal sealed class ListenLogSamplers(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public LogSampler Refused { get; } = new(10, Window, time);

    public LogSampler Errors { get; } = new(10, Window, time);

    public LogSampler Malformed { get; } = new(10, Window, time);

    /// <summary>Logs how many lines the samplers left out. The listener calls it once a second.</summary>
    public void LogLeftOut()
    {
        if (Refused.TryTakeLeftOut(out long refused))
            logger.RefusedLinesLeftOut(refused);
        if (Errors.TryTakeLeftOut(out long errors))
            logger.ErrorLinesLeftOut(errors);
        if (Malformed.TryTakeLeftOut(out long malformed))
            logger.MalformedLinesLeftOut(malformed);
    }
}
