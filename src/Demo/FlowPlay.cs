using System.Globalization;
using System.Net;
using Replay;
using Replay.Send;

namespace Demo;

/// <summary>Sends one sFlow capture to the collector's port and compares the number of records with the expected one.</summary>
/// <param name="capture">The capture to send.</param>
/// <param name="expected">The number of records.</param>
internal sealed class FlowPlay(BundledCapture capture, long expected)
{
    // UDP does not wait for the collector, and a kernel's default buffer holds some hundred datagrams.
    private const double MaxFactor = 30;

    private double _progress;

    public string Name => capture.Name;

    public long Expected => expected;

    /// <summary>The reason why it was not sent whole; null if it was.</summary>
    public string? Failure { get; private set; }

    /// <summary>Sends the capture. When it returns, the kernel's buffer may hold datagrams that the collector has not read.</summary>
    public async Task SendAsync(IPEndPoint collector, PlaySpeed speed, ReceivedFlows received, CancellationToken cancel)
    {
        var options = new SendOptions
        {
            File = capture.Path,
            Host = collector.Address.ToString(),
            Port = collector.Port,
            Speed = Math.Min(speed.Factor, MaxFactor),
        };
        var sender = new SFlowSender(options, TimeProvider.System, part => Volatile.Write(ref _progress, part));
        // The sender raises this before it sends a datagram, so before the first record.
        sender.Connected += local => received.Attribute((ushort)local.Port, Name);
        var (exitCode, lines) = await sender.RunAsync(cancel);
        if (exitCode != ReplayCommand.Success)
            Failure = string.Join("; ", lines);
    }

    /// <summary>The progress in one line.</summary>
    public string Describe(ReceivedFlows received) => Volatile.Read(ref _progress) < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Name}: playing, {Volatile.Read(ref _progress) * 100:F0} %")
        : string.Create(CultureInfo.InvariantCulture, $"{Name}: played, {ReceivedFlows.Topic} {received.Count(Name)} of {expected}");

    /// <summary>The differences between the topic and the expected number, a line each.</summary>
    public IEnumerable<string> Differences(ReceivedFlows received)
    {
        long came = received.Count(Name);
        string difference = came < expected ? $"{expected - came} are missing" : $"{came - expected} too many";
        if (came != expected)
            yield return $"{Name}: {ReceivedFlows.Topic} has {came} of {expected} records, {difference}";
        if (Failure is not null)
            yield return $"{Name}: {Failure}";
    }
}
