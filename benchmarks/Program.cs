using BenchmarkDotNet.Running;
using Benchmarks;
using Benchmarks.Live;
using Benchmarks.Receive;

return args switch
{
    ["throughput", "bmp", var file, .. var options] => BmpThroughput.Run(file, options),
    ["throughput", "replies", var file, .. var options] => ReplyThroughput.Run(file, options),
    ["throughput", "sflow", var file, .. var options] => SFlowThroughput.Run(file, options),
    ["throughput", ..] => Usage("throughput knows: bmp FILE, replies FILE, sflow FILE"),
    ["corpus", "sflow", var file] => SFlowCorpus.Write(file),
    ["corpus", "bmp", var file, .. var options] => BmpCorpus.Write(file, options),
    ["produce", .. var options] => await KafkaProduce.RunAsync(options),
    ["endtoend", "bmp", var file, .. var options] => await EndToEndCommand.RunAsync(file, options),
    ["endtoend", ..] => Usage("endtoend knows: bmp FILE"),
    ["ingest", var file] => await IngestCommand.RunAsync(file),
    ["ingest", ..] => Usage("ingest takes a pcap of replies: ingest FILE"),
    ["receive", "sflow", .. var options] => ReceiveCommand.Run(options),
    ["receive", ..] => Usage("receive knows: sflow"),
    [ReceiverHost.Word, var bufferBytes] => await ReceiverHost.RunAsync(bufferBytes),
    ["slow-senders"] => await SlowSendersCommand.RunAsync(),
    ["submit", .. var options] => await SubmitCommand.RunAsync(options),
    [CollectorHost.Word, .. var flags] => await CollectorHost.RunAsync(flags),
    ["state-file"] => await StateFileWriting.RunAsync(5_000_000),
    ["state-file", var routes] when int.TryParse(routes, out int count) && count > 0 => await StateFileWriting.RunAsync(count),
    ["budgets"] => AllocationBudgets.Check(),
    ["--help"] or ["-h"] or [] => Usage(null),
    _ => Bench(args),
};

static int Bench(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(BmpThroughput).Assembly).Run(args);
    return 0;
}

static int Usage(string? error)
{
    if (error is not null)
        Console.Error.WriteLine("benchmarks: " + error);
    Console.Error.WriteLine("""
        usage:
          throughput bmp FILE    runs decode -> encode -> batch over a bare BMP byte stream in memory, on one thread, and prints one line
                                 of figures; --curation runs decode -> curate -> encode -> batch, every pass from an empty state
          throughput sflow FILE  does the same for sFlow datagrams, each after its length in 4 bytes, most significant first;
                                 --include-ipv4 writes IPv4 flows too
          throughput replies FILE  does the same for a pcap of ICMP and ICMPv6 replies; --caracal-id N checks the probes' integrity too
          endtoend bmp FILE      sends the same stream with 'replay send --speed max' to a collector's process and reads it from a broker's,
                                 all on loopback: updates per CPU second of the collector; --runs N (5) for the median of more or fewer
          ingest FILE            sends a pcap's replies as Cap'n Proto bodies by HTTP over loopback to a gateway's process: replies per
                                 CPU second of that process, with --kafka-disable and with a broker in a third process
          receive sflow          compares Pesto's UDP listener with a C program that has the same recvmmsg loop, in turns on loopback: CPU
                                 time a datagram and the highest rate without a loss, nothing decoded; --pairs N (5), --rate N (200000)
                                 datagrams a second for the CPU time; needs gcc; exit 1 if a median ratio is below 0.9
          slow-senders           compares one fast router alone with one among 1,000 connections that send a byte a second; exit 1 if it
                                 keeps less than 90 % of its rate, or memory grows by more than 64 MB
          submit                 sends POST /api/probes to a gateway's process with the embedded broker: percentiles of the latency;
                                 --rate N (50) a second, --probes N (1000) each, --seconds N (20), --database-url URL (SQLite);
                                 exit 1 if p99 is above 50 ms
          corpus sflow FILE      writes datagrams for throughput sflow, the same every time
          corpus bmp FILE        writes such a stream, the same every time; --updates N makes it longer or shorter
          produce                sends full batches to an embedded broker in another process: CPU seconds a GB, with the service's own
                                 producer and with that of Confluent.Kafka; --compression C (none), --rounds N (5), --megabytes N (2000)
                                 a round
          state-file [ROUTES]    writes the curation's state file of so many routes (5,000,000) five times: the time taken, and a
                                 histogram of the time for which it blocks the sessions of a shard
          budgets                checks the allocation budgets of allocation-budget.json; exit 1 if one is exceeded
          --filter PATTERN ...   BenchmarkDotNet's own options, for example --filter '*' --job short
        """);
    return error is null ? 0 : 2;
}
