using Shared.Records.CapnProto;

namespace Pesto.Tests;

/// <summary>Reads one SFlowFlowRecord by the offsets of schemas/sflow.capnp (<c>capnp compile -ocapnp</c> prints them).</summary>
internal sealed record FlowRecord(
    uint AgentSubId, uint Sequence, uint SampleSequence, uint SourceId, uint Rate, uint Drops, uint Input, uint Output, uint Length,
    uint Protocol,
    string Src, string Dst, uint SrcPort, uint DstPort, uint TcpFlags, uint Tos, ulong RecordSequence, uint FrameLength, ushort EtherType,
    ushort VlanIn, ushort VlanOut,
    byte SrcPrefixLen, byte DstPrefixLen, byte IcmpType, byte IcmpCode, uint FlowLabel, uint SrcAs, uint DstAs, uint SrcPeerAs,
    uint RouterAs, uint LocalPref, uint Present,
    byte InputFormat, byte OutputFormat, byte SourceIdType, bool IsFragment, string Agent, string Exporter, string Collector,
    string NextHop, string BgpNextHop, string AsPath,
    string Communities)
{
    public static FlowRecord Read(StructReader r) => new(
        r.ReadUInt32(12), r.ReadUInt32(16), r.ReadUInt32(24), r.ReadUInt32(28), r.ReadUInt32(32), r.ReadUInt32(40), r.ReadUInt32(44),
        r.ReadUInt32(48), r.ReadUInt32(52),
        r.ReadUInt32(56), Address(r, 1), Address(r, 2), r.ReadUInt32(60), r.ReadUInt32(64), r.ReadUInt32(68), r.ReadUInt32(72),
        r.ReadUInt64(88), r.ReadUInt32(76),
        r.ReadUInt16(10), r.ReadUInt16(96), r.ReadUInt16(98), r.ReadByte(100), r.ReadByte(101), r.ReadByte(102), r.ReadByte(103),
        r.ReadUInt32(104), r.ReadUInt32(108),
        r.ReadUInt32(112), r.ReadUInt32(116), r.ReadUInt32(120), r.ReadUInt32(124), r.ReadUInt32(128), r.ReadByte(132), r.ReadByte(133),
        r.ReadByte(134), r.ReadBool(135 * 8),
        Address(r, 0), Address(r, 3), Text(r, 4), Address(r, 5), Address(r, 6), Numbers(r, 7), Numbers(r, 8));

    private static string Address(StructReader record, int pointer)
    {
        Assert.True(record.TryReadData(pointer, out var bytes));
        if (bytes.IsEmpty)
            return "";
        var address = new System.Net.IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private static string Text(StructReader record, int pointer)
    {
        Assert.True(record.TryReadText(pointer, out var text));
        return System.Text.Encoding.UTF8.GetString(text);
    }

    private static string Numbers(StructReader record, int pointer)
    {
        Assert.True(record.TryReadList(pointer, ElementSize.FourBytes, out var list));
        return string.Join(' ', Values(list));
    }

    private static List<uint> Values(ListReader list)
    {
        var values = new List<uint>();
        for (int i = 0; i < list.Count; i++)
            values.Add(list.UInt32(i));
        return values;
    }
}
