using System.Text;
using System.Text.Json;
using Pesto.Pipeline;
using Risotto.Pipeline;
using SaimirisGateway.Replies.Pipeline;

namespace Replay.Decode;

/// <summary>Sums up a run of <c>replay decode</c> for its last line.</summary>
internal sealed class DecodeSummary
{
    private readonly SortedDictionary<string, long> _skipped = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _messages;

    public long Records { get; set; }

    public void Add(SessionCounters counters)
    {
        _messages += counters.Messages;
        Skip(counters.Skipped);
        foreach (var (reason, count) in counters.Errors)
            Fail(reason, count);
    }

    /// <summary>Adds the counters of replies. A message is a packet that may answer a probe.</summary>
    public void Add(ReplyCounters counters)
    {
        _messages += counters.Replies;
        Skip(counters.Rejected);
    }

    /// <summary>Adds the counters of sFlow. A message is a flow or counter sample; other samples are skipped by kind.</summary>
    public void Add(PipelineCounters counters)
    {
        _messages += counters.FlowSamples + counters.CounterSamples;
        Skip(counters.Skipped);
        foreach (var (reason, count) in counters.Errors)
            Fail(reason, count);
    }

    public void Skip(IEnumerable<(string Reason, long Count)> reasons)
    {
        foreach (var (reason, count) in reasons)
            _skipped[reason] = _skipped.GetValueOrDefault(reason) + count;
    }

    public void Fail(string reason, long count = 1) => _errors[reason] = _errors.GetValueOrDefault(reason) + count;

    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("messages", _messages);
            json.WriteNumber("records", Records);
            Write(json, "skipped", _skipped);
            Write(json, "errors", _errors);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, SortedDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in counts)
            json.WriteNumber(reason, count);
        json.WriteEndObject();
    }
}
