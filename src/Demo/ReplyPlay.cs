using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Replay;
using Replay.Send;
using SaimirisGateway;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Demo;

/// <summary>
/// Plays the captures of replies to the gateway's HTTP port, each as an agent of that name, and counts what it reads from the topic.
/// </summary>
internal sealed class ReplyPlay : IAsyncDisposable
{
    public const string Topic = "saimiris-replies", Key = "demo-agent-key";

    private const int Shards = 8, MaxSamples = 6;

    // The places of fields in schemas/reply.capnp: bytes of the data section, numbers of pointers.
    private const int ReplyTtl = 12, ProbeTtl = 17, RttMicros = 32, AgentId = 0, ReplySrcAddr = 1, ProbeDstAddr = 5;

    private readonly DirectoryInfo _folder;
    private readonly GatewayService _service;
    private readonly (string Agent, string Path, long Expected)[] _captures;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _received = [];
    private readonly SortedDictionary<string, string> _samples = new(StringComparer.Ordinal);
    private readonly MessageReader _reader = new();
    private readonly List<string> _faults = [];

    private ReplyPlay(GatewayService service, DirectoryInfo databaseFolder)
    {
        (_service, _folder) = (service, databaseFolder);
        string folder = Path.Combine(AppContext.BaseDirectory, "replies");
        _captures = [.. Directory.EnumerateFiles(folder, "input.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(Path.GetDirectoryName(file)!), file, Expect(file)))];
    }

    /// <summary>The address that agents send to.</summary>
    public Uri Gateway => new($"http://{_service.EndPoints[0]}/");

    /// <summary>The number of replies read from the topic.</summary>
    public long Received
    {
        get
        {
            lock (_gate)
                return _received.Values.Sum();
        }
    }

    public string Counter => string.Create(CultureInfo.InvariantCulture, $"{Topic} {Received}");

    /// <summary>The differences between the records that came and those that were expected, a line each.</summary>
    public IEnumerable<string> Differences
    {
        get
        {
            lock (_gate)
            {
                var counts = _captures.Select(
                    capture => (capture.Agent, capture.Expected, Came: _received.GetValueOrDefault(capture.Agent)));
                return
                [
                    .. counts.Where(count => count.Came != count.Expected)
                        .Select(count => $"{count.Agent}: {Topic} has {count.Came} of {count.Expected} records"),
                    .. _faults,
                ];
            }
        }
    }

    public static async Task<ReplyPlay> StartAsync(
        EmbeddedBroker broker, ILoggerFactory logging, TimeSpan batchWaitTime, CancellationToken cancel)
    {
        broker.CreateTopic(Topic, Shards);
        var folder = Directory.CreateTempSubdirectory("saimiris-demo-");
        var anywhere = new HostPort("127.0.0.1", 0);
        var defaults = new GatewayOptions();
        var options = defaults with
        {
            Http = defaults.Http with { Address = anywhere },
            MetricsAddress = anywhere,
            AgentKey = Key,
            Database = DatabaseUrl.Parse($"sqlite:{folder.FullName}/gateway.db"),
            Outbox = defaults.Outbox with { Directory = Path.Combine(folder.FullName, "outbox") },
            Kafka = defaults.Kafka with { Brokers = [broker.Bootstrap] },
            Batches = defaults.Batches with { BatchWaitTime = batchWaitTime, Shards = Shards },
            CollectorId = "demo",
        };
        return new ReplyPlay(await GatewayService.StartAsync(options, logging, TimeProvider.System, cancel: cancel), folder);
    }

    public Task StopAsync() => _service.StopAsync();

    /// <summary>Sends every capture; returns when the gateway has answered for all of it.</summary>
    public async Task SendAsync(PlaySpeed speed, CancellationToken cancel)
    {
        var sendings = _captures.Select(capture => SendAsync(capture.Agent, capture.Path, speed, cancel));
        foreach (var (exitCode, lines) in await Task.WhenAll(sendings))
        {
            if (exitCode != ReplayCommand.Success && !cancel.IsCancellationRequested)
                Fault(string.Join("; ", lines));
        }
    }

    /// <summary>Takes one Kafka value.</summary>
    public void Add(ReadOnlyMemory<byte> value)
    {
        lock (_gate)
        {
            for (var rest = value.Span; !rest.IsEmpty;)
            {
                if (!_reader.TryRead(rest, out var record, out int consumed) || !record.TryReadText(AgentId, out var agent))
                {
                    _faults.Add($"{Topic}: a value of {value.Length} bytes is not readable as Cap'n Proto: {_reader.Error}");
                    return;
                }
                Add(Encoding.UTF8.GetString(agent), record);
                rest = rest[consumed..];
            }
        }
    }

    /// <summary>One reply of each agent.</summary>
    public IReadOnlyList<string> Samples()
    {
        lock (_gate)
            return [.. _samples.Values];
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Add(string agent, StructReader record)
    {
        _received[agent] = _received.GetValueOrDefault(agent) + 1;
        if (_samples.Count >= MaxSamples || _samples.ContainsKey(agent))
            return;
        if (record.TryReadData(ReplySrcAddr, out var source) && record.TryReadData(ProbeDstAddr, out var target)
            && source.Length == 16 && target.Length == 16)
        {
            _samples[agent] = string.Create(CultureInfo.InvariantCulture,
                $"{agent,-14} {Ipv6Address.FromV6(source)} answers the probe to {Ipv6Address.FromV6(target)}, " +
                $"probe TTL {record.ReadByte(ProbeTtl)}, reply TTL {record.ReadByte(ReplyTtl)}, " +
                $"{record.ReadUInt32(RttMicros) / 1000.0:F3} ms");
        }
    }

    private async Task<(int ExitCode, IReadOnlyList<string> Lines)> SendAsync(
        string agent, string path, PlaySpeed speed, CancellationToken cancel)
    {
        var options = new ReplySendOptions { File = path, Gateway = Gateway, Agent = agent, Key = Key, Speed = speed.Factor };
        return await new ReplySender(options, TimeProvider.System, Fault).RunAsync(cancel);
    }

    private void Fault(string line)
    {
        lock (_gate)
            _faults.Add(line);
    }

    // The number of records that the capture gives. The gateway's pipeline counts them in memory, without a socket and without Kafka.
    private static long Expect(string path)
    {
        var counters = new ReplyCounters();
        var batches = new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, Shards = 1 };
        var output = new TopicWriter(Topic, batches, new DiscardSink(), TimeProvider.System);
        var pipeline = new ReplyPipeline(
            new AgentState("demo"), new CollectorIdentity("demo", 0), new ReplyOptions { Format = ReplyFormat.Pcap }, output, counters);
        return pipeline.Process(File.ReadAllBytes(path), 0, out _) == ReplyStep.NeedsInput ? counters.Accepted
            : throw new StartupException($"{path}: {pipeline.Error}");
    }
}
