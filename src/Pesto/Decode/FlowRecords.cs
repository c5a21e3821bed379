using System.Runtime.CompilerServices;
using Pesto.Frame;
using Pesto.Record;

namespace Pesto.Decode;

/// <summary>The records of one flow sample, each of which stands there once at most; of several of a kind the first counts.</summary>
internal ref struct FlowRecords
{
    private const uint SampledHeaderFormat = 1, SampledEthernetFormat = 2, SampledIpv4Format = 3, SampledIpv6Format = 4,
        ExtendedSwitchFormat = 1001, ExtendedRouterFormat = 1002, ExtendedGatewayFormat = 1003;

    private ReadOnlySpan<byte> _ipv4, _ipv6;

    /// <summary>Of extended_router.</summary>
    public RecordAddress NextHop { get; private set; }

    /// <summary>sflow_version_5.txt, "extended_gateway"; empty where there is none.</summary>
    public ReadOnlySpan<byte> Gateway { get; private set; }

    /// <summary>
    /// Reads the packet, from the sampled header where there is one, else from sampled_ipv6, else from sampled_ipv4, and what switch and router say.
    /// Records of other formats and enterprises are stepped over.
    /// </summary>
    /// <param name="octets">From the first record on.</param>
    /// <param name="announced">How many there are said to be.</param>
    /// <param name="includeIpv4">IPv4 packets make records too.</param>
    /// <param name="row">Gets the fields.</param>
    /// <param name="walkError">Why the walk ended early; what was read before stays.</param>
    /// <param name="recordError">Of a record that is left out.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowSkip Read(ReadOnlySpan<byte> octets, uint announced, bool includeIpv4, ref FlowRow row, out SFlowError walkError, out SFlowError recordError)
    {
        recordError = SFlowError.None;
        var skip = FlowSkip.NoPacket;
        var reader = new SampleReader(octets, announced);
        while (reader.TryRead(out uint format, out var record))
        {
            // Nearly all samples have it.
            if (format == SampledHeaderFormat && (row.Present & FlowParts.SampledHeader) == 0 && SampledHeader.TryRead(record, ref row, out uint protocol, out var header))
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

    /// <returns>False: it is shorter than its fields.</returns>
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
            isRead = SampledIpv6.TryRead(_ipv6, ref row);
        else if ((row.Present & FlowParts.SampledIpv4) == 0)
            return walkError == SFlowError.None && recordError == SFlowError.None ? FlowSkip.NoPacket : FlowSkip.Malformed;
        else if (!includeIpv4)
            return FlowSkip.Ipv4;
        else
            isRead = SampledIpv4.TryRead(_ipv4, ref row);
        if (isRead)
            return FlowSkip.None;
        recordError = SFlowError.RecordMalformed;
        return FlowSkip.Malformed;
    }
}
