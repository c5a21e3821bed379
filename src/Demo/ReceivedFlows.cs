using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Demo;

/// <summary>
/// Counts the records that the reader takes from the topic of flow samples, and sums up the flows with the most bytes. The reader's thread
/// writes it.
/// </summary>
internal sealed class ReceivedFlows
{
    public const string Topic = "pesto-sflow";

    // An exporter of Internet traffic must not fill the memory of the demo.
    private const int MaxFlows = 10_000;
    private const int Shown = 9;

    // The places of fields in sflow.capnp: bytes of the data section, numbers of pointers.
    private const int AgentPort = 8, SamplingRate = 32, Length = 52, Protocol = 56, SourcePointer = 1, DestinationPointer = 2;

    private readonly Lock _gate = new();
    private readonly MessageReader _reader = new();
    private readonly Dictionary<ushort, string> _captures = [];
    private readonly Dictionary<string, long> _records = [];
    private readonly Dictionary<(string Exporter, Ipv6Address Source, Ipv6Address Destination, uint Protocol), FlowRow> _flows = [];

    /// <summary>The fault of the first Kafka value that is not valid Cap'n Proto; null while there is none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Attributes the datagrams from a UDP port to a capture.</summary>
    public void Attribute(ushort port, string capture)
    {
        lock (_gate)
            _captures[port] = capture;
    }

    /// <summary>Takes one Kafka value, which holds messages one after the other.</summary>
    public void Add(ReadOnlyMemory<byte> value)
    {
        lock (_gate)
        {
            for (var rest = value.Span; !rest.IsEmpty;)
            {
                if (!_reader.TryRead(rest, out var record, out int consumed))
                {
                    Fault ??= $"{Topic}: a value of {value.Length} bytes is not readable as Cap'n Proto " +
                        $"at byte {value.Length - rest.Length}: {_reader.Error}";
                    return;
                }
                Add(record);
                rest = rest[consumed..];
            }
        }
    }

    /// <summary>Counts the records of one exporter (a capture's name) or of all.</summary>
    public long Count(string? exporter = null)
    {
        lock (_gate)
            return exporter is null ? _records.Values.Sum() : _records.GetValueOrDefault(exporter);
    }

    public IReadOnlyList<FlowRow> Largest()
    {
        lock (_gate)
            return [.. _flows.Values.OrderByDescending(flow => flow.Bytes).Take(Shown)];
    }

    private void Add(StructReader record)
    {
        string exporter = _captures.GetValueOrDefault(record.ReadUInt16(AgentPort), "live");
        _records[exporter] = _records.GetValueOrDefault(exporter) + 1;
        Ipv6Address source = Address(record, SourcePointer), destination = Address(record, DestinationPointer);
        uint protocol = record.ReadUInt32(Protocol), rate = Math.Max(1, record.ReadUInt32(SamplingRate));
        var key = (exporter, source, destination, protocol);
        if (!_flows.TryGetValue(key, out var flow))
        {
            if (_flows.Count == MaxFlows)
                return;
            flow = new FlowRow(exporter, source, destination, protocol, 0, 0);
        }
        _flows[key] = flow with { Packets = flow.Packets + rate, Bytes = flow.Bytes + ((long)rate * record.ReadUInt32(Length)) };
    }

    private static Ipv6Address Address(StructReader record, int pointer) =>
        record.TryReadData(pointer, out var bytes) && bytes.Length == 16 ? Ipv6Address.FromV6(bytes) : default;
}

/// <summary>The packets of one protocol between two addresses, estimated from one exporter's samples.</summary>
internal sealed record FlowRow(string Exporter, Ipv6Address Source, Ipv6Address Destination, uint Protocol, long Packets, long Bytes)
{
    public string ProtocolName => Protocol switch
    {
        1 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        58 => "ICMPv6",
        _ => $"protocol {Protocol}",
    };
}
