using System.Diagnostics;
using System.Globalization;
using Prometheus;
using SaimirisGateway.Replies.Frame;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results.Memory;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>
/// <c>throughput replies FILE</c>: runs the product's own pipeline over a pcap in memory, as one endless body, with one thread and without
/// sockets. After a warm-up, which it does not count, it makes whole passes until they have taken 3 CPU seconds.
/// </summary>
internal static class ReplyThroughput
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1), Measured = TimeSpan.FromSeconds(3);

    public static int Run(string file, string[] options)
    {
        ushort caracalId = 0;
        if (options.Length > 0
            && !(options is ["--caracal-id", var text] && ushort.TryParse(text, CultureInfo.InvariantCulture, out caracalId)))
        {
            Console.Error.WriteLine(
                $"benchmarks: {options[0]}: throughput replies takes --caracal-id N, from 0 to 65535, and nothing else");
            return 2;
        }
        byte[] pcap;
        try
        {
            pcap = File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }

        var bench = new ReplyBody(pcap, ReplyFormat.Pcap, options.Length > 0 ? caracalId : null);
        // Tiered compilation replaces the first code in the background. The warm-up lasts until it has finished.
        for (var start = Environment.CpuUsage.TotalTime; Environment.CpuUsage.TotalTime - start < WarmUp;)
        {
            if (!bench.Pass())
            {
                Console.Error.WriteLine($"benchmarks: {file}: {bench.Failure}");
                return 1;
            }
        }

        // A pass over a small file takes microseconds, so the loop does not read the clock after each.
        int passesAtOnce = Math.Max(1, (8 << 20) / pcap.Length);
        var counters = bench.Counters;
        long messages = -counters.Records, records = -counters.Accepted, verified = -counters.Verified, passes = 0;
        bench.Sink.Bytes = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long wall = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        TimeSpan spent;
        do
        {
            for (int i = 0; i < passesAtOnce; i++)
                bench.Pass();
            passes += passesAtOnce;
            spent = Environment.CpuUsage.TotalTime - cpu;
        }
        while (spent < Measured);
        double seconds = Stopwatch.GetElapsedTime(wall).TotalSeconds, cpuSeconds = spent.TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        messages += counters.Records;
        records += counters.Accepted;
        verified += counters.Verified;
        long peak = Process.GetCurrentProcess().PeakWorkingSet64;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"messages={messages} received={records} records={records} seconds={seconds:F3} cpu_seconds={cpuSeconds:F3} " +
            $"records_per_cpu_second={records / cpuSeconds:F0} input_mb_per_s={(double)pcap.Length * passes / cpuSeconds / 1e6:F0} " +
            $"output_mb={bench.Sink.Bytes / 1e6:F0} allocated_bytes={allocated} peak_rss_mb={peak / 1e6:F0} verified={verified}"));
        return 0;
    }
}

/// <summary>Runs one body through a pipeline, again and again.</summary>
internal sealed class ReplyBody
{
    private readonly byte[] _body;
    private readonly ReplyPipeline _pipeline;
    private int _start;

    public ReplyBody(byte[] body, ReplyFormat format, ushort? caracalId = null)
    {
        _body = body;
        var output = new TopicWriter("saimiris-replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, Shards = 1 },
            Sink, TimeProvider.System);
        var memory = MemoryOfOthers();
        _pipeline = new ReplyPipeline(
            new AgentState("probe-ams-01"), new CollectorIdentity("bench", 1), new ReplyOptions { Format = format, CaracalId = caracalId },
            output, Counters, messages => memory.Add("probe-ams-01", messages));
    }

    public CountingSink Sink { get; } = new();

    // The memory is as in a gateway whose users measure with other agents.
    private static ReplyMemory MemoryOfOthers()
    {
        var memory = new ReplyMemory(1 << 20, 1, new GatewayMetrics(Metrics.NewCustomRegistry()));
        memory.SetActive(new() { ["probe-lhr-02"] = new AgentMeasurements("probe-lhr-02", [(Ipv6Address.FromV4(1), Guid.NewGuid())]) });
        return memory;
    }

    public ReplyCounters Counters { get; } = new();

    public string Failure { get; private set; } = "";

    /// <summary>Processes the whole body once. A pcap's file header is read only the first time, as in one endless body.</summary>
    public bool Pass()
    {
        var step = _pipeline.Process(_body.AsSpan(_start), 1, out int consumed);
        bool isWhole = step == ReplyStep.NeedsInput && _start + consumed == _body.Length;
        if (!isWhole)
            Failure = step == ReplyStep.Malformed ? _pipeline.Error.ToString() : $"ends inside the record at byte {_start + consumed}";
        _start = PcapHeader.IsMagic(_body)
            ? PcapFramer.FileHeaderBytes : 0;
        return isWhole;
    }
}
