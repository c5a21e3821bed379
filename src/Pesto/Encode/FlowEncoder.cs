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
/// Writes <c>SFlowFlowRecord</c> messages (schemas/sflow.capnp). It lays out the fields that all flows of a datagram share once. A record
/// is a copy of them, into which Decode writes. Not safe for several threads.
/// </summary>
internal sealed class FlowEncoder
{
    /// <summary>The longest id of a collector, in bytes.</summary>
    public const int MaxCollectorIdBytes = 200;

    /// <summary>
    /// Bytes of the longest message without AS path and communities, which take the same space as in the datagram, and padding.
    /// </summary>
    public const int MaxFlowBytes = RowBytes + MaxCollectorIdBytes + WordBytes + 2 * AddressBytes + 2 * WordBytes;

    private const int WordBytes = 8, AddressBytes = 16, RowBytes = 288;

    private static readonly int NextHopPointerAt = OffsetOf(nameof(FlowRow.NextHopPointer)),
        BgpNextHopPointerAt = OffsetOf(nameof(FlowRow.BgpNextHopPointer)),
        AsPathPointerAt = OffsetOf(nameof(FlowRow.AsPathPointer)),
        CommunitiesPointerAt = OffsetOf(nameof(FlowRow.CommunitiesPointer));

    // The row and the collector's id after it. The length is in whole blocks; the first _size bytes are the message.
    private readonly byte[] _shared;
    private readonly int _size;

    /// <param name="collector">The collector's id and start time for each record.</param>
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
        int idPointerAt = OffsetOf(nameof(FlowRow.CollectorIdPointer));
        row.CollectorIdPointer = WirePointer.List(WordsTo(RowBytes, idPointerAt), WirePointer.Byte, idBytes + 1);
    }

    /// <summary>Starts a datagram, to which the following flows belong.</summary>
    /// <param name="header">The datagram's header.</param>
    /// <param name="source">The datagram's sender.</param>
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

    /// <summary>Starts the record of a flow.</summary>
    /// <param name="space">At least <see cref="MaxFlowBytes"/>.</param>
    /// <returns>The row at the start of the space, for Decode to fill.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref FlowRow Start(Span<byte> space)
    {
        Block64.Copy(_shared, space);
        return ref MemoryMarshal.AsRef<FlowRow>(space);
    }

    /// <summary>Completes a message without next hops and lists; returns its bytes.</summary>
    public int Finish(ref FlowRow row, ulong sequence)
    {
        row.Sequence = sequence;
        return _size;
    }

    /// <summary>Completes a message; returns its bytes.</summary>
    /// <param name="space">The space of <see cref="Start"/>, with room for the lists of <paramref name="gateway"/>.</param>
    /// <param name="row">The row that <see cref="Start"/> returned.</param>
    /// <param name="sequence">The record's sequence number.</param>
    /// <param name="nextHop">The next hop of extended_router.</param>
    /// <param name="gateway">Empty if the sample has no extended_gateway.</param>
    public int Finish(Span<byte> space, ref FlowRow row, ulong sequence, in SFlowAddress nextHop, scoped in ExtendedGateway gateway)
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
            row.AsPathPointer = WirePointer.List(WordsTo(end, AsPathPointerAt), WirePointer.FourBytes, gateway.PathLength);
            gateway.CopyPath(Numbers(space, gateway.PathLength, ref end));
        }
        int communities = gateway.Communities.Length / 4;
        if (communities > 0)
        {
            row.CommunitiesPointer = WirePointer.List(WordsTo(end, CommunitiesPointerAt), WirePointer.FourBytes, communities);
            ExtendedGateway.CopyNumbers(gateway.Communities, Numbers(space, communities, ref end));
        }
    }

    private static ulong Append(Span<byte> space, int pointer, in Ipv6Address address, ref int end)
    {
        ulong word = WirePointer.List(WordsTo(end, pointer), WirePointer.Byte, AddressBytes);
        address.CopyTo(space[end..]);
        end += AddressBytes;
        return word;
    }

    /// <summary>Takes room for 4-byte numbers and clears the padding after them.</summary>
    private static Span<byte> Numbers(Span<byte> space, int count, ref int end)
    {
        int bytes = (count * 4 + WordBytes - 1) & -WordBytes;
        var numbers = space.Slice(end, bytes);
        numbers[(bytes - WordBytes)..].Clear();
        end += bytes;
        return numbers;
    }

    private static ulong Address(string pointer, string field) =>
        WirePointer.List(WordsTo(OffsetOf(field), OffsetOf(pointer)), WirePointer.Byte, AddressBytes);

    private static int OffsetOf(string field) => (int)Marshal.OffsetOf<FlowRow>(field);

    private static int WordsTo(int at, int pointerAt) => (at - pointerAt) / WordBytes - 1;
}
