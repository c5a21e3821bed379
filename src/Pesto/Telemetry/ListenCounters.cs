using Shared.Records.Wire;

namespace Pesto.Telemetry;

/// <summary>
/// What one socket's thread counted, which alone writes it; a scrape reads it. Datagrams = not allowed + empty + queue full +
/// failed + those that the pipeline took.
/// </summary>
internal sealed class ListenCounters(int maxExporters)
{
    private readonly Dictionary<Ipv6Address, ExporterCount> _exporters = [];
    private readonly ExporterCount _other = new(default);
    private ExporterCount? _last;

    /// <summary>Datagrams read from the socket, and the octets in them.</summary>
    public long Datagrams, Octets;

    /// <summary>Sent from an address that <c>--allow</c> does not name.</summary>
    public long NotAllowed;

    /// <summary>Without an octet in them: port scans, and probes whether somebody listens.</summary>
    public long Empty;

    /// <summary>Lost because every batch was under way.</summary>
    public long QueueFull;

    /// <summary>Lost to a fault of the collector's own.</summary>
    public long Failed;

    /// <summary>Refusals of the system to read.</summary>
    public long ReceiveErrors;

    /// <summary>By exporter, those with a count of their own; and all the others. For any thread.</summary>
    public IReadOnlyList<ExporterCount> Exporters
    {
        get
        {
            lock (_exporters)
                return [.. _exporters.Values, _other];
        }
    }

    /// <summary>A datagram of an allowed exporter.</summary>
    public void Count(in Ipv6Address source)
    {
        if (_last is null || _last.Address != source)
            _last = Find(source);
        _last.Datagrams++;
    }

    // Anyone can send from any address: beyond the limit they share one count, and nothing is remembered of them.
    private ExporterCount Find(in Ipv6Address source)
    {
        if (_exporters.TryGetValue(source, out var count))
            return count;
        if (_exporters.Count >= maxExporters)
            return _other;
        lock (_exporters)
            _exporters.Add(source, count = new ExporterCount(source));
        return count;
    }
}

/// <summary>The datagrams of one exporter, or, without an address, of all that have no count of their own.</summary>
internal sealed class ExporterCount(Ipv6Address address)
{
    public Ipv6Address Address { get; } = address;

    public long Datagrams;
}
