using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>An UPDATE of a Route Monitoring message, and what has become of its prefixes.</summary>
/// <param name="message">The number of its BMP message.</param>
/// <param name="timeNs">The time at which the pipeline got the message, which no other message of the session has.</param>
/// <param name="offset">Of the BGP message in the BMP message.</param>
/// <param name="bgp">The BGP message.</param>
/// <param name="view">The peer's view.</param>
internal sealed class ExplainedUpdate(long message, ulong timeNs, int offset, byte[] bgp, PeerView view)
{
    private readonly Dictionary<int, string> _fates = [];
    private readonly List<(AddressFamily Family, int Position, string Text, RouteIdentity Route, bool IsAnnounced)> _routes = [];

    public long Message { get; } = message;

    public ulong TimeNs { get; } = timeNs;

    public int Offset { get; } = offset;

    public byte[] Bgp { get; } = bgp;

    /// <summary>The view that the header names.</summary>
    public PeerView View { get; } = view;

    /// <summary>How the UPDATE is read.</summary>
    public PeerView Reading { get; private set; } = view;

    /// <summary>By the offset of a prefix in the BGP message.</summary>
    public IReadOnlyDictionary<int, string> Fates => _fates;

    /// <summary>The prefixes in order, with their fates.</summary>
    public IEnumerable<(int Offset, string Route, string Fate)> Routes =>
        _routes.Select(route => (Offset + route.Position, route.Text, _fates.GetValueOrDefault(route.Position, "")));

    /// <summary>The UPDATE waits for a decision.</summary>
    public void Hold()
    {
        // Nothing is decided: show the reading that has no fault.
        Reading = CanBeRead(View) || !CanBeRead(Otherwise()) ? View : Otherwise();
        ReadRoutes(Reading);
        foreach (var route in _routes)
            _fates[route.Position] = "held";
    }

    /// <summary>Finds out what has become of each prefix.</summary>
    /// <param name="records">The records of the message that no earlier UPDATE of it has taken.</param>
    /// <param name="leftOut">Why a prefix has no record.</param>
    public void Settle(Queue<RouteRecord> records, string leftOut)
    {
        Reading = View;
        var plain = Match(View, records);
        // An event that ended the wait may also have made the view forget the reading that was decided.
        if (plain.Count < records.Count && Match(Otherwise(), records) is var other && other.Count > plain.Count)
            Reading = Otherwise();
        var matched = Match(Reading, records);
        foreach (var route in _routes)
        {
            _fates[route.Position] = matched.TryGetValue(route.Position, out var record)
                ? $"{(record.IsAnnounced ? "announced" : "withdrawn")}, record {record.Sequence}"
                : leftOut;
        }
        for (int taken = matched.Count; taken > 0; taken--)
            records.Dequeue();
    }

    // The records come in the order of the prefixes.
    private Dictionary<int, RouteRecord> Match(PeerView reading, IEnumerable<RouteRecord> records)
    {
        ReadRoutes(reading);
        var matched = new Dictionary<int, RouteRecord>();
        using var next = records.GetEnumerator();
        bool hasNext = next.MoveNext();
        foreach (var route in _routes)
        {
            if (!hasNext)
                break;
            var record = next.Current;
            if (record.Family != route.Family || record.Route != route.Route || record.IsAnnounced != route.IsAnnounced)
                continue;
            matched[route.Position] = record;
            hasNext = next.MoveNext();
        }
        return matched;
    }

    private bool CanBeRead(PeerView reading) =>
        UpdateFields.Read(Bgp, Offset, reading).Fields.All(field => field.End == field.ReceivedEnd);

    private void ReadRoutes(PeerView reading)
    {
        _routes.Clear();
        foreach (var field in UpdateFields.Read(Bgp, Offset, reading).Fields)
        {
            for (int position = field.Start; position < field.End;)
            {
                int at = position, again = position;
                string text = NlriText.Next(Bgp, ref position, field);
                _routes.Add((field.Family, at, text, NlriReader.Identity(Bgp, ref again, field), field.IsAnnouncement));
            }
        }
    }

    private PeerView Otherwise()
    {
        var other = new PeerView(View.Peer, View.Index, new(View.Header.ToHeader()));
        for (int family = 0; family < AddressFamily.IndexCount; family++)
            other.AddPath[family] = AddPathDecision.Negotiated(!View.AddPath[family].HasPathIds);
        return other;
    }
}
