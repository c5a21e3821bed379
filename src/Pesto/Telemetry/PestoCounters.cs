using System.Text.Json;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.Pipeline;
using Pesto.State;

namespace Pesto.Telemetry;

/// <summary>What a shard has counted. Its own thread of the moment writes, under the shard's gate; anyone reads.</summary>
internal sealed class PestoCounters
{
    private readonly long[] _samples = new long[Enum.GetValues<SampleKind>().Length];
    private readonly long[] _skips = new long[Enum.GetValues<FlowSkip>().Length];
    private readonly long[] _errors = new long[Enum.GetValues<SFlowError>().Length];
    private readonly long[] _steps = new long[Enum.GetValues<SequenceStep>().Length];

    /// <summary>Datagrams that were read to their end.</summary>
    public long Success;

    /// <summary>Datagrams that could not be, though what came before the fault is taken.</summary>
    public long ParseErrors;

    /// <summary>Datagrams that agents have sent and that did not come, or come late.</summary>
    public long SequenceGaps;

    /// <summary>Samples that agents lost themselves.</summary>
    public long SampleDrops;

    /// <summary>Datagrams of agents beyond the limit.</summary>
    public long AgentsUntracked;

    public long Agents;

    public ref long Of(SampleKind kind) => ref _samples[(int)kind];

    public ref long Of(FlowSkip skip) => ref _skips[(int)skip];

    public ref long Of(SFlowError error) => ref _errors[(int)error];

    public ref long Of(SequenceStep step) => ref _steps[(int)step];

    public long Samples => _samples.Sum();

    public long FlowSamples => Of(SampleKind.Flow) + Of(SampleKind.FlowExpanded);

    /// <summary>Flow samples that make no record.</summary>
    public long FlowsSkipped => _skips.Sum();

    public long CounterSamples => Of(SampleKind.Counter) + Of(SampleKind.CounterExpanded);

    /// <summary>Flow samples without a record, and samples that are no flow and no counter sample, by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Skipped =>
    [
        .. Named<FlowSkip>(_skips),
        .. Named<SampleKind>(_samples).Where(kind => kind.Name is not ("flow" or "flow_expanded" or "counter" or "counter_expanded")),
    ];

    /// <summary>Faults by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Errors => Named<SFlowError>(_errors);

    // Those that there were.
    private static IEnumerable<(string Name, long Count)> Named<T>(long[] counts) where T : struct, Enum =>
        Enum.GetValues<T>().Zip(counts, (value, count) => (JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), count)).Where(named => named.count > 0);

    public static PestoCounters Sum(IEnumerable<PestoCounters> shards)
    {
        var sum = new PestoCounters();
        foreach (var shard in shards)
        {
            sum.Success += Volatile.Read(ref shard.Success);
            sum.ParseErrors += Volatile.Read(ref shard.ParseErrors);
            sum.SequenceGaps += Volatile.Read(ref shard.SequenceGaps);
            sum.SampleDrops += Volatile.Read(ref shard.SampleDrops);
            sum.AgentsUntracked += Volatile.Read(ref shard.AgentsUntracked);
            sum.Agents += Volatile.Read(ref shard.Agents);
            Add(sum._samples, shard._samples);
            Add(sum._skips, shard._skips);
            Add(sum._errors, shard._errors);
            Add(sum._steps, shard._steps);
        }
        return sum;
    }

    private static void Add(long[] sums, long[] counts)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += Volatile.Read(ref counts[i]);
    }
}
