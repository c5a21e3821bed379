using Microsoft.Extensions.Logging;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;

namespace Risotto.Listen;

/// <summary>What every session of a collector is given.</summary>
internal sealed record CollectorContext(
    ListenOptions Options, PipelineOptions Pipeline, CollectorIdentity Identity, PipelineOutputs Outputs, RisottoMetrics Metrics,
    ILogger Logger, TimeProvider Time)
{
    /// <summary>Null where every record passes.</summary>
    public Curation? Curation { get; init; }

    public required RouterTable Routers { get; init; }
}
