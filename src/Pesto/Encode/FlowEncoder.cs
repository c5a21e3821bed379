using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Pesto.Decode;
using Pesto.Frame;
using Pesto.Record;
using Shared.Records;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Pesto.Encode;

/// <summary>
/// Writes <c>SFlowFlowRecord</c> messages (schemas/sflow.capnp). What all flows of a datagram share is laid out once; a record is a copy of that,
/// into which decoding writes. Not safe for several threads.
/// </summary>
internal sealed class FlowEncoder
{
    /// <summary>Of the collector's name.</summary>
    public const int MaxCollectorIdBytes = 200;

    /// <summary>Of a message without its AS path and communities, which are no longer than in the datagram, but for padding.</summary>
    public const int MaxFlowBytes = RowBytes + MaxCollectorIdBytes + WordBytes + 2 * AddressBytes + 2 * WordBytes;

    private const int WordBytes = 8, AddressBytes = 16, RowBytes = 288;

    private static readonly int NextHopPointerAt = FieldAt(nameof(FlowRow.NextHopPointer)), BgpNextHopPointerAt = FieldAt(nameof(FlowRow.BgpNextHopPointer)),
        AsPathPointerAt = FieldAt(nameof(FlowRow.AsPathPointer)), CommunitiesPointerAt = FieldAt(nameof(FlowRow.CommunitiesPointer));

    // The row, and behind it the collector's id; whole blocks, of which the first _size octets are the message.
    private readonly byte[] _shared;
    private readonly int _size;

    /// <param name="collector">Who writes.</param>
    public FlowEncoder(CollectorIdentity collector)
    {
        int idBytes = Encoding.UTF8.GetByteCount(collector.Id);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idBytes, MaxCollectorIdBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(Unsafe.SizeOf<FlowRow>(), RowBytes);
        // A text ends with a NUL.
        _size = RowBytes + ((idBytes + WordBytes) & -WordBytes);
        _shared = new byte[Block64.RoundUp(_size)];
        Encoding.UTF8.GetBytes(collector.Id, _shared.AsSpan(RowBytes));
        ref var row = ref Row;
        row.Words = (uint)(_size / WordBytes - 1);
        row.RootPointer = WirePointer.Struct(0, FlowRow.DataWords, FlowRow.PointerWords);
        row.CollectorEpochNs = collector.EpochNs;
        row.AgentAddrPointer = Address(nameof(FlowRow.AgentAddrPointer), nameof(FlowRow.AgentAddr));
        row.SrcIpPointer = Address(nameof(FlowRow.SrcIpPointer), nameof(FlowRow.SrcIp));
        row.DstIpPointer = Address(nameof(FlowRow.DstIpPointer), nameof(FlowRow.DstIp));
        row.ExporterAddrPointer = Address(nameof(FlowRow.ExporterAddrPointer), nameof(FlowRow.ExporterAddr));
        row.CollectorIdPointer = WirePointer.List(OffsetTo(RowBytes, FieldAt(nameof(FlowRow.CollectorIdPointer))), WirePointer.Byte, idBytes + 1);
    }

    /// <summary>The flows that follow come with this datagram.</summary>
    /// <param name="header">Of the datagram.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="timeReceivedNs">Nanoseconds since 1970 UTC.</param>
    public void Begin(in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs)
    {
        ref var row = ref Row;
        row.TimeReceivedNs = timeReceivedNs;
        row.AgentPort = source.Port;
        row.ExporterAddr = source.Address;
        row.AgentAddr = header.Agent;
        row.AgentSubId = header.SubAgentId;
        row.DatagramSequenceNumber = header.Sequence;
        row.Uptime = header.UptimeMs;
    }

    /// <summary>A flow in the making, where its message will lie.</summary>
    /// <param name="space">At least <see cref="MaxFlowBytes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref FlowRow Start(Span<byte> space)
    {
        Block64.Copy(_shared, space);
        return ref MemoryMarshal.AsRef<FlowRow>(space);
    }

    /// <summary>Completes a message without next hops and lists; returns its octets.</summary>
    public int Finish(ref FlowRow row, ulong sequence)
    {
        row.Sequence = sequence;
        return _size;
    }

    /// <summary>Completes a message; returns its octets.</summary>
    /// <param name="space">As at <see cref="Start"/>, and room for the lists of <paramref name="gateway"/>.</param>
    /// <param name="row">The one that <see cref="Start"/> gave.</param>
    /// <param name="sequence">Of the record.</param>
    /// <param name="nextHop">Of extended_router.</param>
    /// <param name="gateway">Empty where there is no extended_gateway.</param>
    public int Finish(Span<byte> space, ref FlowRow row, ulong sequence, in RecordAddress nextHop, scoped in ExtendedGateway gateway)
    {
        int end = Finish(ref row, sequence);
        if (nextHop.IsGiven)
            row.NextHopPointer = Append(space, NextHopPointerAt, nextHop.Value, ref end);
        if ((row.Present & FlowParts.ExtendedGateway) != 0)
            Append(space, ref row, gateway, ref end);
        row.Words = (uint)(end / WordBytes - 1);
        return end;
    }

    private ref FlowRow Row => ref MemoryMarshal.AsRef<FlowRow>(_shared.AsSpan());

    private static void Append(Span<byte> space, ref FlowRow row, scoped in ExtendedGateway gateway, ref int end)
    {
        if (gateway.NextHop.IsGiven)
            row.BgpNextHopPointer = Append(space, BgpNextHopPointerAt, gateway.NextHop.Value, ref end);
        if (gateway.PathLength > 0)
        {
            row.AsPathPointer = WirePointer.List(OffsetTo(end, AsPathPointerAt), WirePointer.FourBytes, gateway.PathLength);
            gateway.CopyPath(Numbers(space, gateway.PathLength, ref end));
        }
        int communities = gateway.Communities.Length / 4;
        if (communities > 0)
        {
            row.CommunitiesPointer = WirePointer.List(OffsetTo(end, CommunitiesPointerAt), WirePointer.FourBytes, communities);
            ExtendedGateway.CopyNumbers(gateway.Communities, Numbers(space, communities, ref end));
        }
    }

    private static ulong Append(Span<byte> space, int pointer, in Ipv6Address address, ref int end)
    {
        ulong word = WirePointer.List(OffsetTo(end, pointer), WirePointer.Byte, AddressBytes);
        address.CopyTo(space[end..]);
        end += AddressBytes;
        return word;
    }

    /// <summary>Room for so many 4-octet numbers, the padding behind them zero.</summary>
    private static Span<byte> Numbers(Span<byte> space, int count, ref int end)
    {
        int bytes = (count * 4 + WordBytes - 1) & -WordBytes;
        var numbers = space.Slice(end, bytes);
        numbers[(bytes - WordBytes)..].Clear();
        end += bytes;
        return numbers;
    }

    private static ulong Address(string pointer, string field) => WirePointer.List(OffsetTo(FieldAt(field), FieldAt(pointer)), WirePointer.Byte, AddressBytes);

    private static int FieldAt(string name) => (int)Marshal.OffsetOf<FlowRow>(name);

    private static int OffsetTo(int at, int pointerAt) => (at - pointerAt) / WordBytes - 1;
}
