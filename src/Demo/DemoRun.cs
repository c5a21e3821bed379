using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pesto;
using Risotto;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Spectre.Console;

namespace Demo;

/// <summary>
/// Runs the demo from first to last: it starts the broker and the collectors, sends captures to their ports, reads the records back from
/// the topics, and compares them with what the same captures make in memory.
/// </summary>
internal sealed class DemoRun(DemoOptions options)
{
    // The time is short, so that a change is seen at once. The collector's own default fills larger batches.
    private static readonly TimeSpan BatchWaitTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until the captures are played (once), or until it is stopped.</summary>
    /// <returns>The exit code: 1 when records are missing or too many.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var captures = BundledCapture.Find(BundledCapture.Bmp);
        using var broker = new EmbeddedBroker();
        using var log = new DemoLog();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var collector = CollectorOptions(broker);
        var pesto = PestoCollector(broker);
        string?[] optional = [collector.UpdatesTopic, collector.PeersTopic, collector.StatsTopic, collector.MalformedTopic];
        string[] topics = [.. optional.OfType<string>(), pesto.FlowsTopic];
        foreach (string topic in topics)
            broker.CreateTopic(topic, collector.Batches.Shards);

        CapturePlay[] plays =
        [
            .. captures.Select(capture => new CapturePlay(capture, ExpectedRecords.Count(capture, collector, options.Speed))),
        ];
        await using var replies = await ReplyPlay.StartAsync(broker, logging, BatchWaitTime, stop);
        topics = [.. topics, ReplyPlay.Topic];
        var state = new DemoState(collector, plays, replies, new ReceivedRecords(collector), log)
        {
            FlowPlays =
            [
                .. BundledCapture.Find(BundledCapture.SFlow)
                    .Select(capture => new FlowPlay(capture, ExpectedFlows.Count(capture, pesto))),
            ],
            Flows = new ReceivedFlows(),
        };
        await using var risotto = await RisottoService.StartAsync(collector, logging, TimeProvider.System, cancel: stop);
        await using var flows = await PestoService.StartAsync(pesto, logging, TimeProvider.System, cancel: stop);
        SayAddresses(risotto, flows, replies, broker);

        var reader = new TopicReader(broker.Bootstrap, topics, collector.Batches.Shards, state.Add);
        var work = WorkAsync(risotto, flows, reader, state, stop);
        bool isTerminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
        var plain = new PlainView(state, Console.Out);
        await (isTerminal ? new LiveView(state).ShowAsync(work) : plain.ShowAsync(work));
        bool isPlayed = await work;
        if (!isTerminal)
            plain.ShowEnd();
        return Judge(state, isPlayed, stop.IsCancellationRequested);
    }

    // Plays the captures, waits for the user if asked to, drains, and reads what the drain has written. Returns true if all was played.
    private async Task<bool> WorkAsync(
        RisottoService risotto, PestoService pesto, TopicReader reader, DemoState state, CancellationToken stop)
    {
        IPEndPoint bmp = Reachable(risotto.BmpEndPoint!), sFlow = Reachable(pesto.SFlowEndPoint!);
        await Task.WhenAll(
        [
            .. state.Plays.Select(play => play.SendAsync(bmp, options.Speed, state.Received, stop)),
            .. state.FlowPlays.Select(play => play.SendAsync(sFlow, options.Speed, state.Flows, stop)),
            state.Replies.SendAsync(options.Speed, stop),
        ]);
        bool isPlayed = !stop.IsCancellationRequested;
        if (!options.Once)
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(risotto.StopAsync(), pesto.StopAsync(), state.Replies.StopAsync());
        await reader.FinishAsync();
        return isPlayed;
    }

    private static int Judge(DemoState state, bool isPlayed, bool isInterrupted)
    {
        // Prints the lines that came after the view had ended.
        foreach (string line in state.Log.Take())
            Console.Error.WriteLine(line);
        string[] differences = [.. state.Differences];
        foreach (string difference in isPlayed ? differences : [])
            Console.Error.WriteLine($"demo: {difference}");
        string verdict = !isPlayed ? "interrupted" : differences.Length > 0 ? "failed" : "ok";
        Console.WriteLine($"demo: bmp_updates={state.Updates} flows={state.Flows.Count()} replies={state.Replies.Received} {verdict}");
        return verdict == "ok" || (!isPlayed && isInterrupted) ? 0 : 1;
    }

    private RisottoOptions CollectorOptions(EmbeddedBroker broker)
    {
        var defaults = new RisottoOptions();
        return defaults with
        {
            Listen = new Risotto.Listen.ListenOptions { Address = Choose(options.Bmp, "BMP", ProtocolType.Tcp) },
            MetricsAddress = Choose(options.Metrics, "metrics", ProtocolType.Tcp),
            Kafka = defaults.Kafka with { Brokers = [broker.Bootstrap] },
            Batches = defaults.Batches with { BatchWaitTime = BatchWaitTime },
            PeersTopic = "risotto-peers",
            StatsTopic = "risotto-stats",
            CollectorId = "demo",
            // The captures are of many routers and come from one address. If they counted as one router, they would take over each other's
            // peers.
            Curation = null,
        };
    }

    private PestoOptions PestoCollector(EmbeddedBroker broker)
    {
        var defaults = new PestoOptions();
        return defaults with
        {
            Listen = new Pesto.Listen.ListenOptions { Address = Choose(options.SFlow, "sFlow", ProtocolType.Udp) },
            MetricsAddress = Choose(options.PestoMetrics, "Pesto's metrics", ProtocolType.Tcp),
            Kafka = defaults.Kafka with { Brokers = [broker.Bootstrap] },
            Batches = defaults.Batches with { BatchWaitTime = BatchWaitTime },
            FlowsTopic = ReceivedFlows.Topic,
            CollectorId = "demo",
        };
    }

    private static HostPort Choose(ChosenAddress chosen, string what, ProtocolType protocol)
    {
        var wanted = chosen.Address;
        if (chosen.IsGiven)
            return wanted;
        try
        {
            var type = protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream;
            using var probe = new Socket(AddressFamily.InterNetwork, type, protocol);
            probe.Bind(new IPEndPoint(IPAddress.Parse(wanted.Host), wanted.Port));
            return wanted;
        }
        catch (SocketException e)
        {
            Console.WriteLine($"{what}: port {wanted.Port} cannot be used ({e.Message}); another one is used instead");
            return wanted with { Port = 0 };
        }
    }

    private void SayAddresses(RisottoService risotto, PestoService pesto, ReplyPlay replies, EmbeddedBroker broker)
    {
        Console.WriteLine($"Risotto: BMP on {risotto.BmpEndPoint}, http://{Reachable(risotto.MetricsEndPoint)}/metrics and /readyz");
        Console.WriteLine($"Pesto:   sFlow on {pesto.SFlowEndPoint}, http://{Reachable(pesto.MetricsEndPoint)}/metrics and /readyz");
        Console.WriteLine($"Gateway: replies on {replies.Gateway}agent-api/agent/ID/replies with the key {ReplyPlay.Key}");
        Console.WriteLine($"Kafka:   embedded broker at {broker.Bootstrap} (kcat -b {broker.Bootstrap} -L)");
        if (!options.Once)
        {
            Console.WriteLine(
                $"Point a router's BMP at port {risotto.BmpEndPoint!.Port} of this machine, and sFlow at port " +
                $"{pesto.SFlowEndPoint!.Port}, to see it here; Ctrl-C ends");
        }
    }

    // A service that listens on all addresses can be reached on the loopback address.
    private static IPEndPoint Reachable(IPEndPoint bound) =>
        bound.Address.Equals(IPAddress.Any) ? new(IPAddress.Loopback, bound.Port)
        : bound.Address.Equals(IPAddress.IPv6Any) ? new(IPAddress.IPv6Loopback, bound.Port)
        : bound;
}
