using Microsoft.Extensions.Logging;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;

namespace Risotto.Listen;

/// <summary>The parts of a collector that all its sessions use.</summary>
internal sealed record CollectorContext(
    ListenOptions Options, PipelineOptions Pipeline, CollectorIdentity Identity, PipelineOutputs Outputs, RisottoMetrics Metrics,
    ILogger Logger, TimeProvider Time)
{
    /// <summary>Null: every record passes.</summary>
    public Curation? Curation { get; init; }

    public required RouterRegistry Routers { get; init; }
}
