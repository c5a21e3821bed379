using Captures.Reassembly;
using Risotto.Pipeline;

namespace Replay.Explain;

/// <summary>The text of <c>replay decode --explain</c>: what the explanations of all sessions share.</summary>
internal sealed class Explanation(TextWriter output)
{
    private const int NsPerTick = 100;

    private long _messages;

    public FieldWriter Fields { get; } = new(output);

    public RecordCollector Records { get; } = new();

    /// <summary>The packet that completed the bytes being read, and its time; 0 where there are no packets.</summary>
    public (long Packet, ulong TimeNs) At { get; set; }

    /// <summary>The number of the next message, from 1.</summary>
    public long NextMessage() => ++_messages;

    public SessionExplainer Open(RisottoPipeline pipeline, SessionCounters counters, Curation? curation, TcpFlow? flow) =>
        new(this, pipeline, counters, curation, flow);

    /// <summary>Packet, time and connection, for the heading of a message; empty for a bare stream.</summary>
    public string Where(TcpFlow? flow) => flow is null ? ""
        : $"packet {At.Packet}, {DateTime.UnixEpoch.AddTicks((long)(At.TimeNs / NsPerTick)):yyyy-MM-dd HH:mm:ss.ffffff} UTC, {flow}";
}
