using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Pesto.Frame;
using Pesto.Listen;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>
/// <c>throughput sflow FILE</c>: runs the product's own pipeline over datagrams in memory, with one thread and without sockets. After a
/// warm-up, which it does not count, it makes whole passes until they have taken 3 CPU seconds.
/// </summary>
internal static class SFlowThroughput
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Measured = TimeSpan.FromSeconds(3);

    public static int Run(string file, string[] options)
    {
        if (options is not ([] or ["--include-ipv4"]))
        {
            Console.Error.WriteLine($"benchmarks: {options[0]}: throughput sflow takes --include-ipv4, and nothing else");
            return 2;
        }
        byte[] corpus;
        try
        {
            corpus = HugePageFile.Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {error.Message}");
            return 2;
        }
        if (SFlowDatagrams.Fault(corpus) is { } fault)
        {
            Console.Error.WriteLine($"benchmarks: {file}: {fault}");
            return 2;
        }

        var bench = new SFlowDatagrams(corpus, new PipelineOptions { IncludeIpv4 = options.Length > 0 });
        // Tiered compilation replaces the first code in the background. The warm-up lasts until it has finished.
        for (var start = Environment.CpuUsage.TotalTime; Environment.CpuUsage.TotalTime - start < WarmUp;)
            bench.Pass();

        bench.Close();
        var before = bench.Counters;
        long records = -bench.Sink.Records, messages = 0;
        bench.Sink.Bytes = 0;
        int passes = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long wall = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        TimeSpan spent;
        do
        {
            messages += bench.Pass();
            passes++;
            spent = Environment.CpuUsage.TotalTime - cpu;
        }
        while (spent < Measured);
        double seconds = Stopwatch.GetElapsedTime(wall).TotalSeconds, cpuSeconds = spent.TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        bench.Close();
        var after = bench.Counters;
        records += bench.Sink.Records;
        long peak = Process.GetCurrentProcess().PeakWorkingSet64;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"messages={messages} received={after.FlowSamples - before.FlowSamples} records={records} seconds={seconds:F3} " +
            $"cpu_seconds={cpuSeconds:F3} " +
            $"records_per_cpu_second={records / cpuSeconds:F0} input_mb_per_s={(double)corpus.Length * passes / cpuSeconds / 1e6:F0} " +
            $"output_mb={bench.Sink.Bytes / 1e6:F0} allocated_bytes={allocated} peak_rss_mb={peak / 1e6:F0} " +
            $"parse_errors={after.ParseErrors - before.ParseErrors}"));
        return 0;
    }
}

/// <summary>Runs datagrams through a pipeline, again and again.</summary>
internal sealed class SFlowDatagrams
{
    private static readonly ExporterEndPoint Exporter = new(Ipv6Address.FromV4(0xC000024D), 50123);

    private readonly byte[] _corpus;
    private readonly TopicWriter _flows;
    private readonly ShardedPipeline _pipeline;
    private readonly ShardDispatcher _dispatcher;

    /// <param name="corpus">Each datagram after its length; see <see cref="Fault"/>.</param>
    /// <param name="options">The options that change the output.</param>
    public SFlowDatagrams(byte[] corpus, PipelineOptions options)
    {
        _corpus = corpus;
        var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        _flows = new TopicWriter("pesto-sflow", batches, Sink, TimeProvider.System);
        _pipeline = new ShardedPipeline(new CollectorIdentity("bench", 1), options, new PipelineOutputs { Flows = _flows });
        _dispatcher = _pipeline.CreateDispatcher();
    }

    public CountingSink Sink { get; } = new();

    public PipelineCounters Counters => _pipeline.Counters;

    /// <summary>The fault of the file; null if it is a file of datagrams.</summary>
    public static string? Fault(ReadOnlySpan<byte> corpus)
    {
        int at = 0;
        while (at < corpus.Length)
        {
            if (corpus.Length - at < 4)
                return $"byte {at}: ends within the length of a datagram";
            uint length = BinaryPrimitives.ReadUInt32BigEndian(corpus[at..]);
            if (length > 65_507 || length > corpus.Length - at - 4)
                return $"byte {at}: a datagram of {length} bytes does not fit into UDP or into what is left of the file";
            at += 4 + (int)length;
        }
        return null;
    }

    /// <summary>Closes the open batch and hands it to the sink.</summary>
    public void Close() => _flows.CloseDue(always: true);

    /// <summary>Processes all datagrams once; returns their number.</summary>
    public int Pass()
    {
        int datagrams = 0;
        for (int at = 0; at < _corpus.Length; datagrams++)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(_corpus.AsSpan(at));
            _dispatcher.Process(_corpus.AsSpan(at + 4, length), Exporter, 1_795_420_627_000_000_000);
            at += 4 + length;
            // The listener releases after each system call.
            if (datagrams % BatchReceiver.Capacity == BatchReceiver.Capacity - 1)
                _dispatcher.Release();
        }
        _dispatcher.Release();
        return datagrams;
    }
}
