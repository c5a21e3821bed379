using Risotto;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Demo;

/// <summary>
/// Collects the records of the topics: counts, a row for each peer and view, and sample routes. The reader's thread writes it.
/// </summary>
internal sealed class ReceivedRecords(RisottoOptions options)
{
    // A router with a million peers must not fill the memory of the demo.
    private const int MaxRows = 10_000;

    private static readonly int RouterAddr = RouteRecord.Place("routerAddr"), RouterPort = RouteRecord.Place("routerPort");

    private readonly Lock _gate = new();
    private readonly MessageReader _reader = new();
    private readonly Dictionary<(Ipv6Address Address, ushort Port), string> _captures = [];
    private readonly Dictionary<(string Router, string Topic), long> _records = [];
    private readonly Dictionary<(string Router, Ipv6Address Peer, byte View), PeerRow> _rows = [];
    private readonly Dictionary<(string Router, SampleKind Kind), SampleRoute> _samples = [];

    /// <summary>The fault of the first Kafka value that is not valid Cap'n Proto; null while there is none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Attributes the records of a connection to a capture.</summary>
    public void Attribute(Ipv6Address address, ushort port, string capture)
    {
        lock (_gate)
            _captures[(address, port)] = capture;
    }

    /// <summary>Takes one Kafka value, which holds messages one after the other.</summary>
    public void Add(string topic, ReadOnlyMemory<byte> value)
    {
        lock (_gate)
        {
            for (var rest = value.Span; !rest.IsEmpty;)
            {
                if (!_reader.TryRead(rest, out var record, out int consumed) || !TryAdd(topic, record))
                {
                    Fault ??= $"{topic}: a value of {value.Length} bytes is not readable as Cap'n Proto " +
                        $"at byte {value.Length - rest.Length}: {_reader.Error}";
                    return;
                }
                rest = rest[consumed..];
            }
        }
    }

    /// <summary>Counts the records of a topic, of one router (a capture's name, or an address) or of all.</summary>
    public long Count(string topic, string? router = null)
    {
        lock (_gate)
            return router is not null
                ? _records.GetValueOrDefault((router, topic))
                : _records.Where(count => count.Key.Topic == topic).Sum(count => count.Value);
    }

    /// <summary>Returns a copy of the rows by router, view and peer.</summary>
    public IReadOnlyList<PeerRow> Rows()
    {
        lock (_gate)
        {
            return
            [
                .. _rows.Values.OrderBy(row => row.Router, StringComparer.Ordinal).ThenBy(row => row.View)
                    .ThenBy(row => row.Peer, StringComparer.Ordinal),
            ];
        }
    }

    public IReadOnlyList<SampleRoute> Samples()
    {
        lock (_gate)
            return [.. _samples.OrderBy(sample => sample.Key).Select(sample => sample.Value)];
    }

    private bool TryAdd(string topic, StructReader record)
    {
        bool isUpdate = topic == options.UpdatesTopic;
        // In every schema the router's address is the first pointer. Only malformed.capnp has its port at another place.
        if (!record.TryReadData(RouterAddr, out var bytes) || bytes.Length != 16)
            return false;
        var address = Ipv6Address.FromV6(bytes);
        ushort port = record.ReadUInt16(topic == options.MalformedTopic ? 8 : RouterPort);
        string router = _captures.GetValueOrDefault((address, port)) ?? address.ToString();
        _records[(router, topic)] = _records.GetValueOrDefault((router, topic)) + 1;
        if (isUpdate)
            AddRoute(router, new RouteRecord(record));
        return true;
    }

    private void AddRoute(string router, RouteRecord route)
    {
        var key = (router, route.Peer, route.View);
        if (!_rows.TryGetValue(key, out var row))
        {
            if (_rows.Count == MaxRows)
                return;
            string peer = route.Peer.IsUnspecified ? "-" : route.Peer.ToString();
            row = new PeerRow(router, peer, route.PeerAs, RouteRecord.ViewName(route.View), 0, 0, default, false);
        }
        _rows[key] = row with
        {
            Announced = row.Announced + (route.Announced ? 1 : 0),
            Withdrawn = row.Withdrawn + (route.Announced ? 0 : 1),
            Last = route.Prefix,
            LastAnnounced = route.Announced,
        };

        var kind = !route.Announced ? SampleKind.Withdrawn
            : route.Prefix.Address.IsMappedV4 ? SampleKind.AnnouncedIpv4 : SampleKind.AnnouncedIpv6;
        int richness = route.Richness;
        if (!_samples.TryGetValue((router, kind), out var sample) || sample.Richness < richness)
        {
            _samples[(router, kind)] = new SampleRoute(
                router, row.View, row.Peer, route.Announced, route.Prefix, route.NextHop, route.AsPath, route.Communities, richness);
        }
    }

    private enum SampleKind
    {
        AnnouncedIpv4,
        AnnouncedIpv6,
        Withdrawn,
    }
}

/// <summary>The routes of one peer of one router in one of its tables.</summary>
internal sealed record PeerRow(
    string Router, string Peer, uint PeerAs, string View, long Announced, long Withdrawn, Prefix Last, bool LastAnnounced);

/// <summary>A route to show.</summary>
/// <param name="Richness">Of several routes, the demo shows the one with the most parts.</param>
internal sealed record SampleRoute(
    string Router, string View, string Peer, bool Announced, Prefix Prefix, string NextHop, string AsPath, string Communities,
    int Richness);
