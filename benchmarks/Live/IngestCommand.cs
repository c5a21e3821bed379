using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using BrokerProcess;
using Load.Processes;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace Benchmarks.Live;

/// <summary>
/// <c>ingest FILE</c>: sends bodies of Cap'n Proto messages over HTTP/1.1 on loopback to a gateway's process, as fast as it answers. It
/// measures replies per CPU second of that process, without Kafka and with an embedded broker in a third process. A pcap's replies are the
/// messages.
/// </summary>
internal static class IngestCommand
{
    private const string Topic = "saimiris-replies";
    private const int Partitions = 16, Senders = 4, RepliesPerBody = 100_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3), Measured = TimeSpan.FromSeconds(3),
        Tick = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(string file)
    {
        byte[] body;
        try
        {
            body = Body(File.ReadAllBytes(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return error is InvalidDataException ? 1 : 2;
        }
        await MeasureAsync("discard", body, "--kafka-disable");
        using var broker = new ExternalBroker($"{Topic}:{Partitions}");
        await MeasureAsync("broker", body, "--kafka-brokers", broker.Bootstrap);
        return 0;
    }

    private static async Task MeasureAsync(string variant, byte[] body, params string[] flags)
    {
        await using var gateway = await GatewayProcess.StartAsync(null, [.. flags, "--kafka-batch-wait-time", "20"]);
        using var end = new CancellationTokenSource();
        long accepted = 0;
        var sending = Enumerable.Range(0, Senders)
            .Select(i => SendAsync(gateway, $"agent-{i}", body, replies => Interlocked.Add(ref accepted, replies), end.Token)).ToArray();
        await UntilCpuTimeAsync(gateway, ProcessFigures.CpuTime(gateway.ProcessId) + WarmUp, sending);
        var (replies, began, cpu) = (Interlocked.Read(ref accepted), Stopwatch.GetTimestamp(), ProcessFigures.CpuTime(gateway.ProcessId));
        await UntilCpuTimeAsync(gateway, cpu + Measured, sending);
        replies = Interlocked.Read(ref accepted) - replies;
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
            cpuSeconds = (ProcessFigures.CpuTime(gateway.ProcessId) - cpu).TotalSeconds;
        long peak = ProcessFigures.ResidentMemory(gateway.ProcessId).Highest;
        await end.CancelAsync();
        await Task.WhenAll(sending);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"variant={variant} replies={replies} seconds={seconds:F2} cpu_seconds={cpuSeconds:F2} " +
            $"replies_per_cpu_second={replies / cpuSeconds:F0} " +
            $"replies_per_second={replies / seconds:F0} body_bytes={body.Length} peak_rss_mb={peak / 1e6:F0}"));
    }

    private static async Task UntilCpuTimeAsync(GatewayProcess gateway, TimeSpan cpuTime, Task[] sending)
    {
        using var timer = new PeriodicTimer(Tick);
        while (ProcessFigures.CpuTime(gateway.ProcessId) < cpuTime)
        {
            await timer.WaitForNextTickAsync();
            if (sending.FirstOrDefault(task => task.IsFaulted) is { } failed)
                await failed;
        }
    }

    private static async Task SendAsync(GatewayProcess gateway, string agent, byte[] body, Action<long> onAccepted, CancellationToken end)
    {
        using var client =
            new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AgentKey) } };
        var url = new Uri($"http://{gateway.Http}/agent-api/agent/{agent}/replies");
        try
        {
            while (true)
            {
                using var content =
                    new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/vnd.capnproto") } };
                using var response = await client.PostAsync(url, content, end);
                string answer = await response.Content.ReadAsStringAsync(end);
                long accepted = (int)response.StatusCode == 202
                    ? JsonDocument.Parse(answer).RootElement.GetProperty("accepted").GetInt64() : 0;
                if (accepted != RepliesPerBody)
                    throw new InvalidOperationException($"a body of {RepliesPerBody} replies is answered {(int)response.StatusCode} " +
                        $"{answer}");
                onAccepted(accepted);
            }
        }
        catch (OperationCanceledException)
        {
            // This part is measured.
        }
    }

    // The replies of the pcap as messages, repeated. They have no agent's id, so each agent may send them.
    private static byte[] Body(byte[] pcap)
    {
        var sink = new MemorySink();
        var output = new TopicWriter(Topic, new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, Shards = 1 }, sink,
            TimeProvider.System);
        var messages = new List<byte[]>();
        while (messages.Count < RepliesPerBody)
        {
            var counters = new ReplyCounters();
            var pipeline = new ReplyPipeline(new AgentState(""), new CollectorIdentity("bench", 1),
                new ReplyOptions { Format = ReplyFormat.Pcap }, output, counters);
            if (pipeline.Process(pcap, 1, out int consumed) != ReplyStep.NeedsInput || consumed < pcap.Length || counters.Accepted == 0)
                throw new InvalidDataException("is no whole pcap with replies");
            output.CloseDue(always: true);
            foreach (var batch in sink.Take())
            {
                for (var rest = batch.Value; !rest.IsEmpty; rest = rest[messages[^1].Length..])
                    messages.Add(rest[..SaimirisGateway.Replies.Record.ReplyRow.MessageBytes(rest.Span)].ToArray());
            }
        }
        return [.. messages.Take(RepliesPerBody).SelectMany(message => message)];
    }
}
