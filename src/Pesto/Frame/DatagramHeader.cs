using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Pesto.Frame;

/// <summary>
/// sflow_version_5.txt, "sample_datagram_v5": version(4) agent address type(4) address(0, 4 or 16) sub-agent(4) sequence(4) uptime(4)
/// number of samples(4).
/// </summary>
internal readonly struct DatagramHeader
{
    private const uint Version = 5;
    private const int AddressAt = 8, BytesAfterAddress = 16;

    private DatagramHeader(in Ipv6Address agent, ReadOnlySpan<byte> rest, int samplesOffset)
    {
        Agent = agent;
        SubAgentId = BinaryPrimitives.ReadUInt32BigEndian(rest);
        Sequence = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        UptimeMs = BinaryPrimitives.ReadUInt32BigEndian(rest[8..]);
        Samples = BinaryPrimitives.ReadUInt32BigEndian(rest[12..]);
        SamplesOffset = samplesOffset;
    }

    /// <summary>IPv4 addresses are mapped; :: if the agent does not give one.</summary>
    public Ipv6Address Agent { get; }

    public uint SubAgentId { get; }

    public uint Sequence { get; }

    public uint UptimeMs { get; }

    /// <summary>The announced number of samples, which may be wrong.</summary>
    public uint Samples { get; }

    /// <summary>Offset of the first sample in the datagram.</summary>
    public int SamplesOffset { get; }

    public static SFlowError Read(ReadOnlySpan<byte> datagram, out DatagramHeader header)
    {
        header = default;
        if (datagram.Length < AddressAt)
            return SFlowError.HeaderTruncated;
        if (BinaryPrimitives.ReadUInt32BigEndian(datagram) != Version)
            return SFlowError.Version;
        uint type = BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]);
        if (type > SFlowAddress.Ipv6)
            return SFlowError.AgentAddress;
        int at = AddressAt + SFlowAddress.ValueBytes(type);
        if (datagram.Length < at + BytesAfterAddress)
            return SFlowError.HeaderTruncated;
        header = new DatagramHeader(SFlowAddress.ReadValue(type, datagram[AddressAt..]), datagram[at..], at + BytesAfterAddress);
        return SFlowError.None;
    }
}
