using System.Globalization;
using Risotto;

namespace Demo;

/// <summary>Holds all that the demo shows.</summary>
internal sealed record DemoState(
    RisottoOptions Collector, IReadOnlyList<CapturePlay> Plays, ReplyPlay Replies, ReceivedRecords Received, DemoLog Log)
{
    /// <summary>The sFlow captures and their progress.</summary>
    public required IReadOnlyList<FlowPlay> FlowPlays { get; init; }

    public required ReceivedFlows Flows { get; init; }

    /// <summary>The progress of each capture, a line each.</summary>
    public IEnumerable<string> Progress => Plays.Select(Describe).Concat(FlowPlays.Select(play => play.Describe(Flows)));

    public long Updates => Received.Count(Collector.UpdatesTopic);

    /// <summary>The number of records by topic, in one line.</summary>
    public string Counters
    {
        get
        {
            string?[] all = [Collector.UpdatesTopic, Collector.PeersTopic, Collector.StatsTopic, Collector.MalformedTopic];
            var topics = all.OfType<string>();
            string updates = string.Join(", ",
                topics.Select(topic => string.Create(CultureInfo.InvariantCulture, $"{topic} {Received.Count(topic)}")));
            return string.Create(CultureInfo.InvariantCulture, $"{updates}, {ReceivedFlows.Topic} {Flows.Count()}, {Replies.Counter}");
        }
    }

    /// <summary>The differences from the expected records, a line each.</summary>
    public IEnumerable<string> Differences =>
    [
        .. Plays.SelectMany(play => play.Differences(Received)),
        .. FlowPlays.SelectMany(play => play.Differences(Flows)),
        .. Replies.Differences,
        .. new[] { Received.Fault, Flows.Fault }.OfType<string>(),
    ];

    /// <summary>Takes one Kafka value of any topic.</summary>
    public void Add(string topic, ReadOnlyMemory<byte> value)
    {
        if (topic == ReceivedFlows.Topic)
            Flows.Add(value);
        else if (topic == ReplyPlay.Topic)
            Replies.Add(value);
        else
            Received.Add(topic, value);
    }

    private string Describe(CapturePlay play)
    {
        if (play.Progress < 1)
            return string.Create(CultureInfo.InvariantCulture, $"{play.Name}: playing, {play.Progress * 100:F0} %");
        var topics = play.Expected.Where(topic => topic.Value > 0)
            .Select(topic =>
                string.Create(CultureInfo.InvariantCulture, $"{topic.Key} {Received.Count(topic.Key, play.Name)} of {topic.Value}"));
        return $"{play.Name}: played, {string.Join(", ", topics)}";
    }
}
