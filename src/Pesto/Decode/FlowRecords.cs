using System.Runtime.CompilerServices;
using Pesto.Frame;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>Reads the records of one flow sample. Of several records of a kind it uses the first.</summary>
internal ref struct FlowRecords
{
    private const uint SampledHeaderFormat = 1, SampledEthernetFormat = 2, SampledIpv4Format = 3, SampledIpv6Format = 4,
        ExtendedSwitchFormat = 1001, ExtendedRouterFormat = 1002, ExtendedGatewayFormat = 1003;

    private ReadOnlySpan<byte> _ipv4, _ipv6;

    /// <summary>The next hop of extended_router.</summary>
    public SFlowAddress NextHop { get; private set; }

    /// <summary>sflow_version_5.txt, "extended_gateway"; empty if the sample has none.</summary>
    public ReadOnlySpan<byte> Gateway { get; private set; }

    /// <summary>
    /// Reads the packet and the fields of switch and router. The packet comes from the sampled header, else from sampled_ipv6, else from
    /// sampled_ipv4. Records of other formats and enterprises are skipped.
    /// </summary>
    /// <param name="bytes">The sample from its first record on.</param>
    /// <param name="announced">The announced number of records.</param>
    /// <param name="includeIpv4">IPv4 packets make records too.</param>
    /// <param name="row">Receives the fields.</param>
    /// <param name="walkError">The reason why the walk ended early; the records before stay.</param>
    /// <param name="recordError">The fault of a record that is left out.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowSkip Read(
        ReadOnlySpan<byte> bytes, uint announced, bool includeIpv4, ref FlowRow row, out SFlowError walkError, out SFlowError recordError)
    {
        recordError = SFlowError.None;
        var skip = FlowSkip.NoPacket;
        var reader = new SampleReader(bytes, announced);
        while (reader.TryRead(out uint format, out var record))
        {
            // Nearly all samples have a sampled header.
            if (format == SampledHeaderFormat && (row.Present & FlowParts.SampledHeader) == 0
                && SampledHeader.TryRead(record, ref row, out uint protocol, out var header))
            {
                row.Present |= FlowParts.SampledHeader;
                skip = SampledPacket.Read(protocol, header, includeIpv4, ref row);
            }
            else if (format == ExtendedSwitchFormat ? !TryReadSwitch(record, ref row) : !TryReadOther(format, record, ref row))
                recordError = SFlowError.RecordMalformed;
        }
        walkError = reader.IsCut ? SFlowError.RecordTruncated : reader.IsMissing ? SFlowError.RecordsMissing : SFlowError.None;
        return (row.Present & FlowParts.SampledHeader) != 0 ? skip : ReadWithoutHeader(includeIpv4, ref row, walkError, ref recordError);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadSwitch(ReadOnlySpan<byte> record, ref FlowRow row) =>
        (row.Present & FlowParts.ExtendedSwitch) != 0 || ExtendedSwitch.TryRead(record, ref row);

    /// <returns>False: the record is shorter than its fields.</returns>
    private bool TryReadOther(uint format, ReadOnlySpan<byte> record, ref FlowRow row)
    {
        switch (format)
        {
            case SampledHeaderFormat:
                return (row.Present & FlowParts.SampledHeader) != 0;
            case SampledEthernetFormat:
                return (row.Present & FlowParts.SampledEthernet) != 0 || SampledEthernet.TryRead(record, ref row);
            case SampledIpv4Format when (row.Present & FlowParts.SampledIpv4) == 0:
                _ipv4 = record;
                row.Present |= FlowParts.SampledIpv4;
                return true;
            case SampledIpv6Format when (row.Present & FlowParts.SampledIpv6) == 0:
                _ipv6 = record;
                row.Present |= FlowParts.SampledIpv6;
                return true;
            case ExtendedRouterFormat when (row.Present & FlowParts.ExtendedRouter) == 0:
                bool isSound = ExtendedRouter.TryRead(record, ref row, out var nextHop);
                NextHop = nextHop;
                return isSound;
            case ExtendedGatewayFormat when Gateway.IsEmpty:
                Gateway = record;
                return true;
            default:
                return true;
        }
    }

    private readonly FlowSkip ReadWithoutHeader(bool includeIpv4, ref FlowRow row, SFlowError walkError, ref SFlowError recordError)
    {
        bool isRead;
        if ((row.Present & FlowParts.SampledIpv6) != 0)
            isRead = SampledIp.TryRead(_ipv6, SFlowAddress.Ipv6, ref row);
        else if ((row.Present & FlowParts.SampledIpv4) == 0)
            return walkError == SFlowError.None && recordError == SFlowError.None ? FlowSkip.NoPacket : FlowSkip.Malformed;
        else if (!includeIpv4)
            return FlowSkip.Ipv4;
        else
            isRead = SampledIp.TryRead(_ipv4, SFlowAddress.Ipv4, ref row);
        if (isRead)
            return FlowSkip.None;
        recordError = SFlowError.RecordMalformed;
        return FlowSkip.Malformed;
    }
}
