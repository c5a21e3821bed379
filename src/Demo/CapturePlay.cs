using System.Net;
using Replay;
using Replay.Send;
using Shared.Records.Wire;

namespace Demo;

/// <summary>One capture on its way through the collector: sent to the real port, and what has to come off the topics.</summary>
/// <param name="capture">Which.</param>
/// <param name="expected">Records by topic.</param>
internal sealed class CapturePlay(BundledCapture capture, IReadOnlyDictionary<string, long> expected)
{
    private double _progress;

    public string Name => capture.Name;

    /// <summary>Records by topic.</summary>
    public IReadOnlyDictionary<string, long> Expected => expected;

    /// <summary>The part that is sent, 0 to 1.</summary>
    public double Progress => Volatile.Read(ref _progress);

    /// <summary>What kept it from being sent whole; null when nothing did.</summary>
    public string? Failure { get; private set; }

    /// <summary>Sends it; returns when the collector has read everything.</summary>
    public async Task SendAsync(IPEndPoint collector, PlaySpeed speed, ReceivedRecords received, CancellationToken cancel)
    {
        var options = new SendOptions { File = capture.Path, Host = collector.Address.ToString(), Port = collector.Port, Speed = speed.Factor };
        var sender = new CaptureSender(options, TimeProvider.System, part => Volatile.Write(ref _progress, part));
        // Told before an octet is sent, so before the first record.
        sender.Connected += local => received.Attribute(Ipv6Address.From(local.Address), (ushort)local.Port, Name);
        var (exitCode, lines) = await sender.RunAsync(cancel);
        if (exitCode != ReplayCommand.Success)
            Failure = string.Join("; ", lines);
    }

    /// <summary>Where the topics differ from what the capture makes: a line each, none when nothing is lost or doubled.</summary>
    public IEnumerable<string> Differences(ReceivedRecords received)
    {
        foreach (var (topic, count) in expected)
        {
            long came = received.Count(topic, Name);
            if (came != count)
                yield return $"{Name}: {topic} has {came} of {count} records, {(came < count ? $"{count - came} are missing" : $"{came - count} too many")}";
        }
        if (Failure is not null)
            yield return $"{Name}: {Failure}";
    }
}
