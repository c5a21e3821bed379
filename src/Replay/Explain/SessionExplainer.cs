using Captures.Reassembly;
using Replay.Decode;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;
using Risotto.Pipeline;
using Risotto.Telemetry;

namespace Replay.Explain;

/// <summary>
/// Explains the messages of one session, each after its pipeline has taken it: its fields, then what became of it. The pipeline gets each
/// message at a time of its own, so that the time in a record says of which message it is.
/// </summary>
internal sealed class SessionExplainer(
    Explanation run, RisottoPipeline pipeline, SessionCounters counters, Curation? curation, TcpFlow? flow) : ISessionWatcher
{
    private readonly FieldWriter _fields = run.Fields;

    // The UPDATEs that wait for a decision, in order, and the message of each time.
    private readonly Dictionary<PeerView, Queue<ExplainedUpdate>> _held = [];
    private readonly Dictionary<ulong, long> _messageOf = [];
    private SessionChange _before = SessionChange.Of(counters);
    private Dictionary<WithdrawCause, long> _withdrawsBefore = [];
    private ulong _timeNs;
    private long _offset;

    public ulong NextTimeNs(ulong timeNs) => _timeNs = Math.Max(timeNs, _timeNs + 1);

    public void Opened()
    {
        run.Records.Take();
        _withdrawsBefore = Withdraws();
    }

    public void Took(ReadOnlySpan<byte> message)
    {
        long number = Head(message, $"{message.Length} bytes");
        _messageOf[_timeNs] = number;
        var records = run.Records.Take();
        var change = SessionChange.Of(counters).Since(_before);
        var view = ViewOf(message);
        var updates = change.LocRibIgnored > 0 || view is null ? [] : UpdatesOf(message, number, view);
        if (updates.Count > 0)
            Queue(view!, updates);
        var released = Settle(records, change);
        MessageText.Print(_fields, message, view, updates);
        PrintOutcome(number, updates, released, records, change);
        Remember();
        _offset += message.Length;
    }

    public void Closed(ReadOnlySpan<byte> rest)
    {
        var error = pipeline.Error;
        if (error.IsError)
        {
            Head(rest, "not a message");
            _fields.Field(0, "Not read", FieldWriter.Hex(rest));
            foreach (var malformed in run.Records.Take().Malformed)
                _fields.Fact("Odd", malformed.ToString());
        }
        string why = pipeline.End switch
        {
            PipelineEnd.Malformed => $"{error.Code.Reason()} at byte {_offset + error.Offset} of the stream",
            PipelineEnd.Terminated => "a Termination is the last message of a session",
            _ => "the router has another session with these views, and has to report everything again",
        };
        _fields.Fact("Reading stops here", $"byte {_offset} of the stream: the service closes the session ({why})");
        _fields.Blank();
    }

    public void Lost(ReadOnlySpan<byte> rest)
    {
        PrintIncomplete(rest);
        _fields.Heading($"The capture lost bytes of the stream {flow}. Reading goes on with the next segment that begins with a message.");
        _fields.Blank();
        _offset += rest.Length;
    }

    public void Ended(ReadOnlySpan<byte> rest)
    {
        PrintIncomplete(rest);
        var records = run.Records.Take();
        var change = SessionChange.Of(counters).Since(_before);
        var released = Settle(records, change);
        string what = pipeline.End == PipelineEnd.None ? "stream" : "session";
        _fields.Heading($"end of the {what} at byte {_offset + rest.Length}");
        if (flow is not null)
            _fields.Heading($"  {run.Where(flow)}");
        PrintOutcome(0, [], released, records, change);
        Remember();
    }

    private void PrintIncomplete(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            return;
        Head(rest, "not whole");
        MessageText.Print(_fields, rest, ViewOf(rest), []);
        string missing = rest.Length < CommonHeader.Length ? $"the common header has {CommonHeader.Length} bytes"
            : $"the message has {CommonHeader.MessageLength(rest)} bytes";
        _fields.Fact("Reading stops here", $"byte {_offset + rest.Length} of the stream: {missing}, and {rest.Length} are there");
        _fields.Blank();
    }

    private long Head(ReadOnlySpan<byte> message, string length)
    {
        long number = run.NextMessage();
        string type = message.Length > CommonHeader.TypeOffset ? $", {MessageText.Type(message[CommonHeader.TypeOffset])}" : "";
        _fields.Heading($"message {number}, byte {_offset} of the stream, {length}{type}");
        if (flow is not null)
            _fields.Heading($"  {run.Where(flow)}");
        return number;
    }

    private PeerView? ViewOf(ReadOnlySpan<byte> message) =>
        message.Length >= PerPeerHeader.End && message[PerPeerHeader.Offset] <= (byte)PeerType.LocRib
            ? pipeline.Peers.Find(new PerPeerHeader(message[PerPeerHeader.Offset..])) : null;

    // The UPDATEs that the pipeline has taken: another one follows where another marker does.
    private List<ExplainedUpdate> UpdatesOf(ReadOnlySpan<byte> message, long number, PeerView view)
    {
        var updates = new List<ExplainedUpdate>();
        if ((MessageType)message[CommonHeader.TypeOffset] != MessageType.RouteMonitoring)
            return updates;
        int position = RouteMonitoring.UpdateOffset(message);
        do
        {
            if (!BgpMessageHeader.TryRead(message[position..], position, out var bgp, out var type, out _))
                break;
            if (type == BgpMessageType.Update)
                updates.Add(new ExplainedUpdate(number, _timeNs, position, bgp.ToArray(), view));
            position += bgp.Length;
        }
        while (position < message.Length && BgpMessageHeader.HasMarker(message[position..]));
        return updates;
    }

    private void Queue(PeerView view, List<ExplainedUpdate> updates)
    {
        if (!_held.TryGetValue(view, out var queue))
            _held[view] = queue = [];
        foreach (var update in updates)
            queue.Enqueue(update);
    }

    // Takes the UPDATEs that wait no more off the queues, and finds out what has become of their prefixes.
    private List<ExplainedUpdate> Settle(CollectedRecords records, SessionChange change)
    {
        var byTime = records.Routes.Where(record => !record.IsSynthetic).GroupBy(record => record.TimeReceivedNs)
            .ToDictionary(group => group.Key, group => new Queue<RouteRecord>(group));
        var released = new List<ExplainedUpdate>();
        foreach (var (view, queue) in _held)
        {
            while (queue.Count > pipeline.Waiting(view))
            {
                var update = queue.Dequeue();
                update.Settle(byTime.GetValueOrDefault(update.TimeNs) ?? [], change.LeftOut);
                released.Add(update);
            }
            foreach (var update in queue)
                update.Hold();
            if (queue.Count == 0)
                _held.Remove(view);
        }
        return released;
    }

    private void PrintOutcome(
        long number, IReadOnlyList<ExplainedUpdate> updates, List<ExplainedUpdate> released, CollectedRecords records, SessionChange change)
    {
        _fields.Begin("What became of it");
        foreach (var malformed in records.Malformed)
        {
            long of = _messageOf.GetValueOrDefault(malformed.TimeReceivedNs, number);
            _fields.Fact("Odd", of == number ? malformed.ToString() : $"message {of}: {malformed}");
        }
        PrintFacts(updates, released, change);
        PrintRecords(records, change);
        foreach (var update in released.Where(update => update.Message != number))
            PrintReleased(update);
        PrintSynthetic(records);
        _fields.End();
        _fields.Blank();
    }

    private void PrintFacts(IReadOnlyList<ExplainedUpdate> updates, List<ExplainedUpdate> released, SessionChange change)
    {
        if (updates.Any(update => !released.Contains(update)))
            _fields.Fact("Held", "until it is decided whether the prefixes of this view have path identifiers (ADD-PATH)");
        if (change.EndOfRibs > 0)
            _fields.Fact("End-of-RIB", $"the whole table of {string.Join(", ", released.Select(EndOfRib).OfType<string>())} is reported");
        if (change.LocRibIgnored > 0)
            _fields.Fact("Left out", "the message is of a Loc-RIB peer (--ignore-loc-rib)");
        if (change.SkippedNlri > 0)
            _fields.Fact("Left out", "the prefixes of a family that is not decoded (risotto_nlri_skipped_total)");
        if (change.AddPathMismatches > 0)
            _fields.Fact("Path identifiers", "the messages contradict the OPENs, or the decision (risotto_addpath_mismatch_total)");
    }

    private static string? EndOfRib(ExplainedUpdate update)
    {
        var read = UpdateFields.Read(update.Bgp, update.Offset, update.Reading).Update;
        return !read.IsEndOfRib ? null : FamilyText.Of(read.HasMpUnreach ? read.Unreach.Family : AddressFamily.Ipv4Unicast);
    }

    private void PrintRecords(CollectedRecords records, SessionChange change)
    {
        var routes = records.Routes.Where(record => !record.IsSynthetic).ToList();
        int announced = routes.Count(record => record.IsAnnounced);
        List<string> parts = [];
        if (routes.Count > 0)
            parts.Add($"{announced} announced, {routes.Count - announced} withdrawn");
        if (records.PeerEvents > 0)
            parts.Add($"{records.PeerEvents} peer event");
        if (records.Statistics > 0)
            parts.Add($"{records.Statistics} statistics");
        _fields.Fact("Records", parts.Count == 0 ? "none" : string.Join(", ", parts));
        if (change.Suppressed + change.Superseded + change.Refused > 0)
            _fields.Fact("Prefixes without a record", $"{change.Suppressed + change.Superseded + change.Refused}, {change.LeftOut}");
    }

    private void PrintReleased(ExplainedUpdate update)
    {
        _fields.Begin($"message {update.Message} is held no more");
        foreach (var (offset, route, fate) in update.Routes)
            _fields.Field(offset, "Prefix", NlriText.WithFate(route, fate));
        _fields.End();
    }

    private void PrintSynthetic(CollectedRecords records)
    {
        var synthetic = records.Routes.Where(record => record.IsSynthetic).ToList();
        if (synthetic.Count == 0)
            return;
        var now = Withdraws();
        var causes = now.Where(cause => cause.Value > _withdrawsBefore.GetValueOrDefault(cause.Key))
            .Select(cause => $"{cause.Key.Label()} {cause.Value - _withdrawsBefore.GetValueOrDefault(cause.Key)}");
        _fields.Begin($"Synthetic withdrawals, by cause: {string.Join(", ", causes)}");
        foreach (var record in synthetic)
        {
            string route = NlriText.Route(record.Family, record.Route, "");
            _fields.Fact("Prefix", NlriText.WithFate(route, $"withdrawn, record {record.Sequence}") +
                $", peer {record.PeerAddress}, {PerPeerHeaderText.View(record.View)}, {FamilyText.Of(record.Family)}");
        }
        _fields.End();
    }

    private void Remember()
    {
        _before = SessionChange.Of(counters);
        _withdrawsBefore = Withdraws();
        if (_held.Count == 0)
            _messageOf.Clear();
    }

    private Dictionary<WithdrawCause, long> Withdraws() => curation is null ? []
        : Enum.GetValues<WithdrawCause>().ToDictionary(cause => cause, cause => curation.Counters.Withdraws(cause));
}
