using System.Runtime.CompilerServices;
using Pesto.Frame;

namespace Pesto.Decode;

/// <summary>The records of one flow sample, each of which stands there once at most; of several of a kind the first counts.</summary>
internal ref struct FlowRecords
{
    private const uint SampledHeaderFormat = 1, SampledEthernetFormat = 2, SampledIpv4Format = 3, SampledIpv6Format = 4,
        ExtendedSwitchFormat = 1001, ExtendedRouterFormat = 1002, ExtendedGatewayFormat = 1003;

    private ReadOnlySpan<byte> _header, _ethernet, _ipv4, _ipv6, _switch, _router;

    /// <summary>What there is.</summary>
    public FlowParts Parts { get; private set; }

    /// <summary>sflow_version_5.txt, "extended_gateway".</summary>
    public ReadOnlySpan<byte> Gateway { get; private set; }

    /// <summary>Finds them; those of other formats and enterprises are stepped over.</summary>
    /// <returns>An error ends the walk; what was found before it stays.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SFlowError Find(ReadOnlySpan<byte> octets, uint announced)
    {
        var reader = new SampleReader(octets, announced);
        bool isCut, isMissing;
        while (reader.TryRead(out uint format, out var record, out isCut, out isMissing))
        {
            // Nearly all samples have it.
            if (format == SampledHeaderFormat)
            {
                Keep(ref _header, record, FlowParts.SampledHeader);
                continue;
            }
            switch (format)
            {
                case SampledEthernetFormat:
                    Keep(ref _ethernet, record, FlowParts.SampledEthernet);
                    break;
                case SampledIpv4Format:
                    Keep(ref _ipv4, record, FlowParts.SampledIpv4);
                    break;
                case SampledIpv6Format:
                    Keep(ref _ipv6, record, FlowParts.SampledIpv6);
                    break;
                case ExtendedSwitchFormat:
                    Keep(ref _switch, record, FlowParts.ExtendedSwitch);
                    break;
                case ExtendedRouterFormat:
                    Keep(ref _router, record, FlowParts.ExtendedRouter);
                    break;
                case ExtendedGatewayFormat when (Parts & FlowParts.ExtendedGateway) == 0:
                    Gateway = record;
                    Parts |= FlowParts.ExtendedGateway;
                    break;
            }
        }
        return isCut ? SFlowError.RecordTruncated : isMissing ? SFlowError.RecordsMissing : SFlowError.None;
    }

    /// <summary>The packet: the sampled header where there is one, else sampled_ipv6, else sampled_ipv4. Then what the switch and router say.</summary>
    /// <param name="row">Gets the fields.</param>
    /// <param name="includeIpv4">IPv4 packets make records too.</param>
    /// <param name="nextHop">Of extended_router.</param>
    /// <param name="error">Of a record that is left out.</param>
    public readonly FlowSkip Read(ref FlowRow row, bool includeIpv4, out RecordAddress nextHop, out SFlowError error)
    {
        (nextHop, error) = (default, SFlowError.None);
        var skip = ReadPacket(ref row, includeIpv4, ref error);
        if (skip != FlowSkip.None)
            return skip;
        row.Present |= Parts & ~(FlowParts.ExtendedGateway | FlowParts.ExtendedRouter | FlowParts.ExtendedSwitch | FlowParts.SampledEthernet);
        if ((Parts & FlowParts.SampledEthernet) != 0 && !SampledEthernet.TryRead(_ethernet, ref row))
            error = SFlowError.RecordMalformed;
        if ((Parts & FlowParts.ExtendedSwitch) != 0 && !ExtendedSwitch.TryRead(_switch, ref row))
            error = SFlowError.RecordMalformed;
        if ((Parts & FlowParts.ExtendedRouter) != 0 && !ExtendedRouter.TryRead(_router, ref row, out nextHop))
            error = SFlowError.RecordMalformed;
        return FlowSkip.None;
    }

    private readonly FlowSkip ReadPacket(ref FlowRow row, bool includeIpv4, ref SFlowError error)
    {
        if ((Parts & FlowParts.SampledHeader) != 0)
        {
            if (SampledHeader.TryRead(_header, ref row, out uint protocol, out var header))
                return SampledPacket.Read(protocol, header, includeIpv4, ref row);
            error = SFlowError.RecordMalformed;
            if ((Parts & (FlowParts.SampledIpv4 | FlowParts.SampledIpv6)) == 0)
                return FlowSkip.Malformed;
        }
        if ((Parts & FlowParts.SampledIpv6) != 0)
            return SampledIpv6.TryRead(_ipv6, ref row) ? FlowSkip.None : Fail(ref error);
        if ((Parts & FlowParts.SampledIpv4) != 0)
            return !includeIpv4 ? FlowSkip.Ipv4 : SampledIpv4.TryRead(_ipv4, ref row) ? FlowSkip.None : Fail(ref error);
        return FlowSkip.NoPacket;
    }

    private static FlowSkip Fail(ref SFlowError error)
    {
        error = SFlowError.RecordMalformed;
        return FlowSkip.Malformed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Keep(ref ReadOnlySpan<byte> place, ReadOnlySpan<byte> record, FlowParts part)
    {
        if ((Parts & part) != 0)
            return;
        place = record;
        Parts |= part;
    }
}
