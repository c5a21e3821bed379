using Shared.Records.Wire;

namespace Pesto.Telemetry;

/// <summary>
/// The numbers of one socket. The socket's thread alone counts them, and a scrape reads them. Datagrams = not allowed + empty + queue full
/// + failed + those that the pipeline took.
/// </summary>
internal sealed class SocketCounters(int maxExporters, int bufferBytes)
{
    private readonly Dictionary<Ipv6Address, ExporterCount> _exporters = [];
    private readonly ExporterCount _other = new(default);
    private ExporterCount? _last;

    /// <summary>Bytes of the kernel's receive buffer.</summary>
    public int BufferBytes { get; } = bufferBytes;

    /// <summary>Datagrams read from the socket, and the bytes in them.</summary>
    public long Datagrams, Bytes;

    /// <summary>Datagrams from an address that <c>--allow</c> does not name.</summary>
    public long NotAllowed;

    /// <summary>Datagrams without a byte: port scans, and probes for a listener.</summary>
    public long Empty;

    /// <summary>Datagrams that are lost because no batch was free.</summary>
    public long QueueFull;

    /// <summary>Datagrams that are lost to a fault of the collector.</summary>
    public long Failed;

    /// <summary>The number of times that the system refused to read.</summary>
    public long ReceiveErrors;

    /// <summary>Datagrams that the kernel dropped, as of the listener's last look.</summary>
    public long DroppedByKernel;

    /// <summary>A count for each exporter up to the limit, and one for all others. Any thread may read it.</summary>
    public IReadOnlyList<ExporterCount> Exporters
    {
        get
        {
            lock (_exporters)
                return [.. _exporters.Values, _other];
        }
    }

    /// <summary>Counts a datagram of an allowed exporter.</summary>
    public void Count(in Ipv6Address source)
    {
        if (_last is null || _last.Address != source)
            _last = Find(source);
        _last.Datagrams++;
    }

    // Anyone can send from any address. Beyond the limit, all exporters share one count, and the collector keeps nothing about them.
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

/// <summary>Counts the datagrams of one exporter, or, without an address, of all exporters that have no count of their own.</summary>
internal sealed class ExporterCount(Ipv6Address address)
{
    public Ipv6Address Address { get; } = address;

    public long Datagrams;
}
