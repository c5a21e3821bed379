using Captures.Pcap;
using Captures.Reassembly;
using Replay.Explain;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Replay.Decode;

/// <summary>
/// Decodes files to records: each captured stream has a pipeline of its own, and all records go to one printer in capture order.
/// </summary>
internal sealed class CaptureDecoder
{
    private const int RawReadBytes = 64 << 10;

    private readonly DecodeOptions _options;
    private readonly TextWriter _error;
    private readonly RecordPrinter? _printer;
    private readonly Explanation? _explanation;
    private readonly IBatchSink _sink;
    private readonly PipelineOutputs _outputs;
    private readonly CollectorIdentity _collector;
    private readonly DecodeSummary _summary = new();
    private readonly Dictionary<Ipv6Address, RouterState> _routers = [];
    private readonly Curation? _curation;
    private bool _failed;

    /// <summary>Prints the records.</summary>
    public CaptureDecoder(DecodeOptions options, RecordPrinter printer, TextWriter error)
        : this(options, printer, error, printsAll: false) => _printer = printer;

    /// <summary>Explains the messages.</summary>
    public CaptureDecoder(DecodeOptions options, Explanation explanation, TextWriter error)
        : this(options, explanation.Records, error, printsAll: true) => _explanation = explanation;

    private CaptureDecoder(DecodeOptions options, IBatchSink sink, TextWriter error, bool printsAll)
    {
        _options = options;
        _sink = sink;
        _error = error;
        _collector = new CollectorIdentity(options.CollectorId, 0);
        // The output is the same in every run. The seed need not be secret here.
        _curation = options.Curation is { } curation ? new Curation(curation with { ClosesSuperseded = false }, seed: 0) : null;
        _outputs = new PipelineOutputs
        {
            Updates = Topic(RecordPrinter.Updates),
            Peers = options.Peers || printsAll ? Topic(RecordPrinter.Peers) : null,
            Stats = options.Stats || printsAll ? Topic(RecordPrinter.Stats) : null,
            Malformed = options.Malformed || printsAll ? Topic(RecordPrinter.Malformed) : null,
        };
    }

    public int Run()
    {
        foreach (string path in _options.Files)
        {
            try
            {
                using var file = File.OpenRead(path);
                if (_options.Raw)
                    DecodeRaw(path, file);
                else if (_options.Service == CapturedService.Gateway)
                    DecodeReplies(path, file);
                else if (_options.Service == CapturedService.Pesto)
                    DecodeFlows(path, file);
                else
                    DecodeCapture(path, file);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                Fail($"{path}: there is no such file");
            }
            catch (IOException e)
            {
                Fail($"{path}: cannot continue: {e.Message}");
            }
            catch (UnauthorizedAccessException)
            {
                Fail(Directory.Exists(path) ? $"{path}: is a directory" : $"{path}: may not be read");
            }
        }
        _printer?.Flush();
        _explanation?.Fields.Flush();
        _summary.Records = _printer?.Records ?? _explanation!.Records.Records;
        if ((_printer?.Unreadable ?? _explanation!.Records.Unreadable) is > 0 and var unreadable)
            _summary.Fail("record_unreadable", unreadable);
        _error.WriteLine(_summary.ToJson());
        return _failed ? ReplayCommand.UsageError : ReplayCommand.Success;
    }

    private void DecodeCapture(string path, FileStream file)
    {
        using var reader = new PcapReader(file);
        var traffic = new CaptureTraffic(reader);
        var sessions = new Dictionary<TcpFlow, CapturedSession>();
        foreach (var chunk in traffic.Read())
        {
            _explanation?.At = (traffic.Packet, chunk.TimeNs);
            if (!sessions.TryGetValue(chunk.Flow, out var session))
                sessions[chunk.Flow] = session = Open(chunk.Flow, chunk.TimeNs);
            if (chunk.Resumes)
                session.Lose();
            session.Add(chunk.Data.Span, chunk.TimeNs);
            if (!chunk.Ends)
                continue;
            Close(session, $"{path}: stream {chunk.Flow}", chunk.TimeNs);
            sessions.Remove(chunk.Flow);
        }
        _summary.Skip(traffic.Skipped);
        if (_explanation is not null && traffic.BmpStreams == 0)
            _error.WriteLine($"replay: {path}: there is no BMP stream");
        else if (_options.Service is null && _explanation is null)
            DecodeOtherServices(path, traffic);
        if (reader.Error is { } error)
            Fail(reader.Packets == 0 ? $"{path}: {error}; a bare BMP byte stream is read with --raw" : $"{path}: {error}");
    }

    private void DecodeRaw(string path, FileStream file)
    {
        var bytes = new byte[RawReadBytes];
        var session = Open(null, 0);
        long read = 0;
        try
        {
            using var content = PcapReader.Unzipped(file);
            for (int count; (count = content.Read(bytes)) > 0; read += count)
                session.Add(bytes.AsSpan(0, count), 0);
        }
        catch (InvalidDataException)
        {
            Fail($"{path}: the compressed data is broken or cut off at byte {read}");
        }
        Close(session, path, 0);
    }

    // A bare stream has no flow.
    private CapturedSession Open(TcpFlow? flow, ulong timeNs)
    {
        var address = flow?.Source ?? default;
        if (!_routers.TryGetValue(address, out var router))
            _routers[address] = router = new RouterState(address) { Rib = _curation?.NewRouter() };
        var pipelineOptions = new PipelineOptions { MaxMessageBytes = _options.MaxMessageBytes, IgnoreLocRib = _options.IgnoreLocRib };
        var counters = new SessionCounters();
        var pipeline = new RisottoPipeline(
            router, flow?.SourcePort ?? 0, _collector, pipelineOptions, _outputs, counters, _curation?.OpenSession(router));
        var session = new CapturedSession(pipeline, counters, Flush, _explanation?.Open(pipeline, counters, _curation, flow));
        session.Begin(timeNs);
        return session;
    }

    private void Close(CapturedSession session, string name, ulong timeNs)
    {
        session.End(timeNs);
        _summary.Add(session.Counters);
        if (session.Error is { } error)
        {
            _error.WriteLine(
                $"replay: {name}: {error} of the message; the rest of the stream is left out, because the service closes the session here");
        }
    }

    private void Flush()
    {
        // Routes that waited for a decision come before the event that ended the wait.
        _outputs.Updates.CloseDue(always: true);
        _outputs.Peers?.CloseDue(always: true);
        _outputs.Stats?.CloseDue(always: true);
        _outputs.Malformed?.CloseDue(always: true);
    }

    private void DecodeOtherServices(string path, CaptureTraffic traffic)
    {
        if (traffic.SFlowDatagrams > 0)
        {
            using var file = File.OpenRead(path);
            DecodeFlows(path, file);
        }
        // A BMP capture may contain a few ICMP messages, which do not make it a capture of probes.
        if (traffic.IcmpReplies > 0 && traffic is { BmpStreams: 0, SFlowDatagrams: 0 })
        {
            using var file = File.OpenRead(path);
            DecodeReplies(path, file);
        }
    }

    private void DecodeReplies(string path, FileStream file)
    {
        using var reader = new PcapReader(file);
        var replies = new ReplyCapture(_options, _printer!);
        replies.Read(reader);
        _summary.Add(replies.Counters);
        if (_options.Service is not null && reader.Error is { } error)
            Fail($"{path}: {error}");
    }

    private void DecodeFlows(string path, FileStream file)
    {
        using var reader = new PcapReader(file);
        var flows = new FlowCapture(_options, _printer!);
        flows.Read(reader);
        _summary.Add(flows.Counters);
        if (flows.Cut > 0)
            _summary.Skip([("datagram_cut", flows.Cut)]);
        if (_options.Service is not null && reader.Error is { } error)
            Fail($"{path}: {error}");
    }

    private void Fail(string message)
    {
        _failed = true;
        _summary.Fail("file_unreadable");
        _error.WriteLine($"replay: {message}");
    }

    private TopicWriter Topic(string name) =>
        new(name, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, _sink, TimeProvider.System);
}
