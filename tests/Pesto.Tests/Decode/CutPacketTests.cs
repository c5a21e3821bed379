using Pesto.Pipeline;
using Pesto.Tests.Pipeline;

namespace Pesto.Tests.Decode;

/// <summary>Agents send the first bytes of a packet. Tests that the record has every field that these bytes hold.</summary>
public sealed class CutPacketTests
{
    private const int Packets = 10_000;

    // The fields that are 0 or false when the bytes do not hold them.
    private static readonly string[] Fields =
        ["EtherType", "VlanIn", "Tos", "FlowLabel", "Length", "Src", "Dst", "IsFragment", "SrcPort", "DstPort", "TcpFlags", "IcmpType",
        "IcmpCode"];

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    public void Every_packet_makes_a_record_with_every_field_that_its_bytes_hold(int cut)
    {
        var packets = new SampledPackets(seed: cut);
        int withoutDestination = 0;
        for (int i = 0; i < Packets; i++)
        {
            var packet = packets.Next();
            byte[] header = packet.Bytes[..Math.Min(cut, packet.Bytes.Length)];
            var run = new PipelineRun();
            Assert.Equal(DatagramResult.Taken,
                run.Process(Datagrams.Datagram(1, Datagrams.Flow(1, 0, Datagrams.SampledHeader(packet.HeaderProtocol, header)))));
            Assert.True(header.Length >= packet.SourceEnd);
            var flow = Assert.Single(run.Flows());
            foreach (string field in Fields)
            {
                string actual = $"{typeof(FlowRecord).GetProperty(field)!.GetValue(flow)}";
                string expected = packet.Fields.TryGetValue(field, out var known) && known.Needs <= header.Length
                    ? known.Value : Missing(field);
                Assert.True(expected == actual,
                    $"packet {i}: {field} is {actual}, not {expected}: {packet.HeaderProtocol} {Convert.ToHexString(header)}");
            }
            bool isCut = (flow.Present & 1 << 10) != 0;
            Assert.Equal(header.Length < packet.Fields["Dst"].Needs, isCut);
            withoutDestination += isCut ? 1 : 0;
            var protocol = packet.Fields["Protocol"];
            if (protocol.Needs <= header.Length)
                Assert.Equal(protocol.Value, $"{flow.Protocol}");
        }
        // Only deep label stacks leave no room for both addresses in 64 bytes.
        if (cut == 64)
            Assert.InRange(withoutDestination, 1, Packets / 5);
        else
            Assert.Equal(0, withoutDestination);
    }

    private static string Missing(string field) => field switch { "IsFragment" => "False", "Dst" => "::", _ => "0" };
}
