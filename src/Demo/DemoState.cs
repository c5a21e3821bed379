using System.Globalization;
using Risotto;

namespace Demo;

/// <summary>All that the demo shows.</summary>
internal sealed record DemoState(RisottoOptions Collector, IReadOnlyList<CapturePlay> Plays, ReplyPlay Replies, ReceivedRecords Received, DemoLog Log)
{
    public long Updates => Received.Count(Collector.UpdatesTopic);

    /// <summary>Records by topic, in one line.</summary>
    public string Counters
    {
        get
        {
            var topics = new[] { Collector.UpdatesTopic, Collector.PeersTopic, Collector.StatsTopic, Collector.MalformedTopic }.OfType<string>();
            return string.Join(", ", topics.Select(topic => string.Create(CultureInfo.InvariantCulture, $"{topic} {Received.Count(topic)}")).Append(Replies.Counter));
        }
    }

    /// <summary>What is not as it should be, a line each.</summary>
    public IEnumerable<string> Differences =>
        Plays.SelectMany(play => play.Differences(Received)).Concat(Replies.Differences).Concat(Received.Fault is { } fault ? [fault] : Array.Empty<string>());

    /// <summary>Takes one Kafka value.</summary>
    public void Add(string topic, ReadOnlyMemory<byte> value)
    {
        if (topic == ReplyPlay.Topic)
            Replies.Add(value);
        else
            Received.Add(topic, value);
    }

    /// <summary>How far a capture is, in one line.</summary>
    public string Describe(CapturePlay play)
    {
        if (play.Progress < 1)
            return string.Create(CultureInfo.InvariantCulture, $"{play.Name}: playing, {play.Progress * 100:F0} %");
        var topics = play.Expected.Where(topic => topic.Value > 0)
            .Select(topic => string.Create(CultureInfo.InvariantCulture, $"{topic.Key} {Received.Count(topic.Key, play.Name)} of {topic.Value}"));
        return $"{play.Name}: played, {string.Join(", ", topics)}";
    }
}
