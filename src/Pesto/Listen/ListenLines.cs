using Microsoft.Extensions.Logging;
using Pesto.Telemetry;
using Shared.Hosting.Logging;

namespace Pesto.Listen;

/// <summary>Bounds the log lines that senders can provoke, for all sockets together.</summary>
internal sealed class ListenLines(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public LogSampler Refused { get; } = new(10, Window, time);

    public LogSampler Errors { get; } = new(10, Window, time);

    public LogSampler Malformed { get; } = new(10, Window, time);

    /// <summary>To be called now and then: says how many lines were left out.</summary>
    public void SayLeftOut()
    {
        if (Refused.TryTakeLeftOut(out long refused))
            logger.RefusedLinesLeftOut(refused);
        if (Errors.TryTakeLeftOut(out long errors))
            logger.ErrorLinesLeftOut(errors);
        if (Malformed.TryTakeLeftOut(out long malformed))
            logger.MalformedLinesLeftOut(malformed);
    }
}
