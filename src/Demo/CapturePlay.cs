using System.Net;
using Replay;
using Replay.Send;
using Shared.Records.Wire;

namespace Demo;

/// <summary>Sends one BMP capture to the collector's port and compares the records of the topics with the expected ones.</summary>
/// <param name="capture">The capture to send.</param>
/// <param name="expected">The number of records by topic.</param>
internal sealed class CapturePlay(BundledCapture capture, IReadOnlyDictionary<string, long> expected)
{
    private double _progress;

    public string Name => capture.Name;

    /// <summary>The number of records by topic.</summary>
    public IReadOnlyDictionary<string, long> Expected => expected;

    /// <summary>The part that is sent, 0 to 1.</summary>
    public double Progress => Volatile.Read(ref _progress);

    /// <summary>The reason why it was not sent whole; null if it was.</summary>
    public string? Failure { get; private set; }

    /// <summary>Sends the capture, and returns when the collector has read everything.</summary>
    public async Task SendAsync(IPEndPoint collector, PlaySpeed speed, ReceivedRecords received, CancellationToken cancel)
    {
        var options = new SendOptions
        {
            File = capture.Path,
            Host = collector.Address.ToString(),
            Port = collector.Port,
            Speed = speed.Factor,
        };
        var sender = new CaptureSender(options, TimeProvider.System, part => Volatile.Write(ref _progress, part));
        // The sender raises this before it sends a byte, so before the first record.
        sender.Connected += local => received.Attribute(Ipv6Address.From(local.Address), (ushort)local.Port, Name);
        var (exitCode, lines) = await sender.RunAsync(cancel);
        if (exitCode != ReplayCommand.Success)
            Failure = string.Join("; ", lines);
    }

    /// <summary>The differences between the topics and the expected records, a line each.</summary>
    public IEnumerable<string> Differences(ReceivedRecords received)
    {
        foreach (var (topic, count) in expected)
        {
            long came = received.Count(topic, Name);
            string difference = came < count ? $"{count - came} are missing" : $"{came - count} too many";
            if (came != count)
                yield return $"{Name}: {topic} has {came} of {count} records, {difference}";
        }
        if (Failure is not null)
            yield return $"{Name}: {Failure}";
    }
}
