using System.Text.Json;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.State;

namespace Pesto.Pipeline;

/// <summary>The numbers that one shard counts. The thread that holds the shard's gate writes them; any thread may read them.</summary>
internal sealed class PipelineCounters
{
    private readonly long[] _samples = new long[Enum.GetValues<SampleKind>().Length];
    private readonly long[] _skips = new long[Enum.GetValues<FlowSkip>().Length];
    private readonly long[] _errors = new long[Enum.GetValues<SFlowError>().Length];
    private readonly long[] _steps = new long[Enum.GetValues<SequenceStep>().Length];

    /// <summary>Datagrams that the pipeline read to their end.</summary>
    public long Success;

    /// <summary>Datagrams with a fault; the records before the fault are taken.</summary>
    public long ParseErrors;

    /// <summary>Datagrams that were missing when a later one came, by the agents' sequence numbers.</summary>
    public long SequenceGaps;

    /// <summary>Samples that agents report as lost.</summary>
    public long SampleDrops;

    /// <summary>Datagrams of agents that the pipeline does not follow, because the limit is reached.</summary>
    public long AgentsUntracked;

    /// <summary>Agents that the pipeline follows.</summary>
    public long Agents;

    public ref long this[SampleKind kind] => ref _samples[(int)kind];

    public ref long this[FlowSkip skip] => ref _skips[(int)skip];

    public ref long this[SFlowError error] => ref _errors[(int)error];

    public ref long this[SequenceStep step] => ref _steps[(int)step];

    public long Samples => _samples.Sum();

    public long FlowSamples => this[SampleKind.Flow] + this[SampleKind.FlowExpanded];

    /// <summary>Flow samples without a record.</summary>
    public long FlowsSkipped => _skips.Sum();

    public long CounterSamples => this[SampleKind.Counter] + this[SampleKind.CounterExpanded];

    /// <summary>Flow samples without a record, and samples that are neither flow nor counter samples, by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Skipped =>
    [
        .. Named<FlowSkip>(_skips),
        .. Named<SampleKind>(_samples).Where(kind => kind.Name is not ("flow" or "flow_expanded" or "counter" or "counter_expanded")),
    ];

    /// <summary>Faults by reason.</summary>
    public IEnumerable<(string Reason, long Count)> Errors => Named<SFlowError>(_errors);

    // Reports only the reasons that occurred.
    private static IEnumerable<(string Name, long Count)> Named<T>(long[] counts) where T : struct, Enum =>
        Enum.GetValues<T>()
            .Zip(counts, (value, count) => (JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), count))
            .Where(named => named.count > 0);

    public static PipelineCounters Sum(IEnumerable<PipelineCounters> shards)
    {
        var sum = new PipelineCounters();
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
