using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Pesto.Frame;

/// <summary>
/// sflow_version_5.txt, "sample_datagram_v5": version(4) agent address type(4) address(0, 4 or 16) sub-agent(4) sequence(4) uptime(4) number of samples(4).
/// </summary>
internal readonly struct DatagramHeader
{
    private const uint Version = 5;
    private const int AfterAddress = 16;

    private DatagramHeader(in Ipv6Address agent, ReadOnlySpan<byte> rest, int bytes)
    {
        Agent = agent;
        SubAgentId = BinaryPrimitives.ReadUInt32BigEndian(rest);
        Sequence = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        UptimeMs = BinaryPrimitives.ReadUInt32BigEndian(rest[8..]);
        Samples = BinaryPrimitives.ReadUInt32BigEndian(rest[12..]);
        Bytes = bytes;
    }

    /// <summary>IPv4 mapped; :: where the agent does not say.</summary>
    public Ipv6Address Agent { get; }

    public uint SubAgentId { get; }

    public uint Sequence { get; }

    public uint UptimeMs { get; }

    /// <summary>As announced; nothing says that there are so many.</summary>
    public uint Samples { get; }

    /// <summary>Where the samples begin.</summary>
    public int Bytes { get; }

    public static SFlowError Read(ReadOnlySpan<byte> datagram, out DatagramHeader header)
    {
        header = default;
        if (datagram.Length < 8)
            return SFlowError.HeaderTruncated;
        if (BinaryPrimitives.ReadUInt32BigEndian(datagram) != Version)
            return SFlowError.Version;
        uint type = BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]);
        if (type > 2)
            return SFlowError.AgentAddress;
        int at = 8 + AddressBytes(type);
        if (datagram.Length < at + AfterAddress)
            return SFlowError.HeaderTruncated;
        header = new DatagramHeader(Address(type, datagram[8..]), datagram[at..], at + AfterAddress);
        return SFlowError.None;
    }

    /// <summary>Of an address of type 0 (unknown), 1 (IPv4), 2 (IPv6).</summary>
    public static int AddressBytes(uint type) => type switch { 1 => 4, 2 => 16, _ => 0 };

    public static Ipv6Address Address(uint type, ReadOnlySpan<byte> octets) => type switch
    {
        1 => Ipv6Address.FromV4(octets),
        2 => Ipv6Address.FromV6(octets),
        _ => default,
    };
}
