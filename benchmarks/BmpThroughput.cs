using System.Diagnostics;
using System.Globalization;
using Risotto.Curate;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>
/// <c>throughput bmp FILE</c>: runs the product's own pipeline over a whole BMP stream in memory, on one thread, without sockets. A first
/// pass warms up and is not counted. Then whole passes follow until 3 CPU seconds are spent. With <c>--curation</c> each pass is a router
/// of its own, without a known route.
/// </summary>
internal static class BmpThroughput
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Measured = TimeSpan.FromSeconds(3);

    public static int Run(string file, string[] options)
    {
        bool curation = options is ["--curation"];
        if (options.Length > 0 && !curation)
        {
            Console.Error.WriteLine($"benchmarks: {options[0]}: throughput bmp takes no such option; there is --curation");
            return 2;
        }
        byte[] stream;
        try
        {
            stream = File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }

        var bench = new BmpStream(stream, curation);
        // Tiered compilation replaces the first code in the background. The warm-up lasts until it has finished.
        for (var start = Environment.CpuUsage.TotalTime; Environment.CpuUsage.TotalTime - start < WarmUp;)
        {
            if (!bench.Pass())
            {
                Console.Error.WriteLine($"benchmarks: {file}: {bench.Failure}");
                return 1;
            }
        }

        var counters = bench.Counters;
        long messages = -counters.Messages, received = -counters.RoutesReceived, records = -counters.RecordsEmitted, passes = 0;
        bench.Sink.Bytes = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread(), state = -bench.StateAllocated;
        long wall = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        TimeSpan spent;
        do
        {
            bench.Pass();
            passes++;
            spent = Environment.CpuUsage.TotalTime - cpu;
        }
        while (spent < Measured);
        double seconds = Stopwatch.GetElapsedTime(wall).TotalSeconds, cpuSeconds = spent.TotalSeconds;
        state += bench.StateAllocated;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated - state;
        messages += counters.Messages;
        received += counters.RoutesReceived;
        records += counters.RecordsEmitted;
        long peak = Process.GetCurrentProcess().PeakWorkingSet64;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"messages={messages} received={received} records={records} seconds={seconds:F3} cpu_seconds={cpuSeconds:F3} " +
            $"records_per_cpu_second={received / cpuSeconds:F0} input_mb_per_s={stream.Length * passes / cpuSeconds / 1e6:F0} " +
            $"output_mb={bench.Sink.Bytes / 1e6:F0} allocated_bytes={allocated} peak_rss_mb={peak / 1e6:F0}") +
                (curation ? string.Create(CultureInfo.InvariantCulture,
            $" state_bytes={bench.State!.Bytes} state_routes={bench.State.Count.Routes}") : ""));
        return 0;
    }
}

/// <summary>Runs one BMP stream through a pipeline, again and again.</summary>
internal sealed class BmpStream
{
    private static readonly BatchOptions Batches = new() { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };

    private readonly byte[] _stream;
    private readonly Curation? _curation;
    private readonly PipelineOutputs _outputs;
    private RisottoPipeline _pipeline;

    public BmpStream(byte[] stream, bool curation = false)
    {
        _stream = stream;
        _curation = curation ? new Curation(new CurationOptions(), seed: 0x5EED) : null;
        _outputs = new PipelineOutputs { Updates = new TopicWriter("risotto-updates", Batches, Sink, TimeProvider.System) };
        _pipeline = NewRouter();
    }

    /// <summary>The live routes after the last pass; null without curation.</summary>
    public RouterRib? State { get; private set; }

    /// <summary>Bytes allocated on the managed heap for live routes so far.</summary>
    public long StateAllocated { get; private set; }

    public CountingSink Sink { get; } = new();

    public SessionCounters Counters { get; } = new();

    public string Failure { get; private set; } = "";

    /// <summary>
    /// Reads the whole stream once more, in one session that goes on: its peers come up again and again. With curation each pass is the
    /// first session of another router.
    /// </summary>
    public bool Pass()
    {
        if (_curation is not null)
        {
            State!.Clear();
            _pipeline = NewRouter();
        }
        bool isWhole = Process(_stream);
        StateAllocated += State?.Views.Sum(view => view.Families.Sum(family => family.Rib.Tables.Sum(table => table.Allocated))) ?? 0;
        return isWhole;
    }

    /// <summary>Processes a part of the stream.</summary>
    public bool Process(ReadOnlySpan<byte> messages)
    {
        int consumed;
        PipelineStep step;
        // Large numbers of withdrawals come in parts.
        while ((step = _pipeline.Process(messages, 1, out consumed)) == PipelineStep.NeedsSpace)
            messages = messages[consumed..];
        if (step == PipelineStep.NeedsInput && consumed == messages.Length)
            return true;
        Failure = step == PipelineStep.Closed ? $"{_pipeline.Error}, message at byte {consumed}"
            : $"ends inside the message at byte {consumed}";
        return false;
    }

    private RisottoPipeline NewRouter()
    {
        var router = new RouterState(Ipv6Address.FromV4([192, 0, 2, 1])) { Rib = State = _curation?.NewRouter() };
        return new RisottoPipeline(
            router, 4000, new CollectorIdentity("bench", 1), new PipelineOptions(), _outputs, Counters, _curation?.OpenSession(router));
    }
}

/// <summary>Counts the bytes and gives the memory back at once.</summary>
internal sealed class CountingSink : IBatchSink
{
    public long Bytes { get; set; }

    public long Records { get; private set; }

    public void Submit(RecordBatch batch)
    {
        Bytes += batch.Length;
        Records += batch.Records;
        batch.Release();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
