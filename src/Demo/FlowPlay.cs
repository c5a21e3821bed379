using System.Globalization;
using System.Net;
using Replay;
using Replay.Send;

namespace Demo;

/// <summary>One sFlow capture on its way through the collector: sent to the real port, and how many records have to come off the topic.</summary>
/// <param name="capture">Which.</param>
/// <param name="expected">Records.</param>
internal sealed class FlowPlay(BundledCapture capture, long expected)
{
    // UDP does not wait for the collector, and a kernel's default buffer holds some hundred datagrams.
    private const double FastestFactor = 30;

    private double _progress;

    public string Name => capture.Name;

    public long Expected => expected;

    /// <summary>What kept it from being sent whole; null when nothing did.</summary>
    public string? Failure { get; private set; }

    /// <summary>Sends it; what the collector has not read when it returns lies in the kernel's buffer.</summary>
    public async Task SendAsync(IPEndPoint collector, PlaySpeed speed, ReceivedFlows received, CancellationToken cancel)
    {
        var options = new SendOptions
        {
            File = capture.Path,
            Host = collector.Address.ToString(),
            Port = collector.Port,
            Speed = Math.Min(speed.Factor, FastestFactor),
        };
        var sender = new SFlowSender(options, TimeProvider.System, part => Volatile.Write(ref _progress, part));
        // Told before a datagram is sent, so before the first record.
        sender.Connected += local => received.Attribute((ushort)local.Port, Name);
        var (exitCode, lines) = await sender.RunAsync(cancel);
        if (exitCode != ReplayCommand.Success)
            Failure = string.Join("; ", lines);
    }

    /// <summary>How far it is, in one line.</summary>
    public string Describe(ReceivedFlows received) => Volatile.Read(ref _progress) < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Name}: playing, {Volatile.Read(ref _progress) * 100:F0} %")
        : string.Create(CultureInfo.InvariantCulture, $"{Name}: played, {ReceivedFlows.Topic} {received.Count(Name)} of {expected}");

    /// <summary>Where the topic differs from what the capture makes: a line, or none.</summary>
    public IEnumerable<string> Differences(ReceivedFlows received)
    {
        long came = received.Count(Name);
        if (came != expected)
            yield return $"{Name}: {ReceivedFlows.Topic} has {came} of {expected} records, {(came < expected ? $"{expected - came} are missing" : $"{came - expected} too many")}";
        if (Failure is not null)
            yield return $"{Name}: {Failure}";
    }
}
