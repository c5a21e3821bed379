using Pesto.Decode;
using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records.CapnProto;
using Shared.Records.Wire;
using Suite.Tests.Fuzz;
using static Pesto.Tests.Datagrams;

namespace Pesto.Tests.Pipeline;

public sealed class PestoPipelineTests
{
    private readonly PipelineRun _run = new();

    // The contract's reference vector: the fields that its message has, TCP flags and TOS as they are on the wire.
    [Fact]
    public void An_expanded_sample_with_a_sampled_header()
    {
        byte[] datagram = Convert.FromHexString(
            "0000000500000001c000024d0000000900001092000927c000000001000000030000007c0000000700000000000000030000" +
            "03e80001e240000000020000000000000003000000003fffffff000000010000000100000048000000010000003a00000004" +
            "00000036020000000001020000000002080045b800280000000040060000c0000201c633640201bbc7380000000100000002" +
            "50021000000000000000");
        Assert.Equal(DatagramResult.Taken, _run.Process(datagram));
        var flow = Assert.Single(_run.Flows());
        Assert.Equal(("192.0.2.77", 9u, 4242u, 7u, 3u, 1000u, 2u),
            (flow.Agent, flow.AgentSubId, flow.Sequence, flow.SampleSequence, flow.SourceId, flow.Rate, flow.Drops));
        Assert.Equal((3u, 0x3FFFFFFFu, (byte)0, (byte)0, 58u),
            (flow.Input, flow.Output, flow.InputFormat, flow.OutputFormat, flow.FrameLength));
        Assert.Equal(("192.0.2.1", "198.51.100.2", 443u, 51000u), (flow.Src, flow.Dst, flow.SrcPort, flow.DstPort));
        Assert.Equal((40u, 6u, 2u, 0xB8u), (flow.Length, flow.Protocol, flow.TcpFlags, flow.Tos));
        Assert.Equal(("192.0.2.99", "test", 1ul), (flow.Exporter, flow.Collector, flow.RecordSequence));
    }

    [Fact]
    public void A_compact_sample_gives_value_and_kind_of_interfaces_and_source()
    {
        byte[] sample = Framed(1, [.. Words(5, 0x02000007, 10, 50, 0, 0x80000003, 0x40000102, 1), .. SampledHeader(12, Ipv6Udp())]);
        _run.Process(Datagram(1, sample));
        var flow = Assert.Single(_run.Flows());
        Assert.Equal((2, 7u), (flow.SourceIdType, flow.SourceId));
        Assert.Equal((2, 3u, 1, 0x102u), (flow.InputFormat, flow.Input, flow.OutputFormat, flow.Output));
    }

    [Theory]
    [InlineData(1, 31, false)]
    [InlineData(1, 32, true)]
    [InlineData(1, 43, true)]
    [InlineData(3, 43, false)]
    [InlineData(3, 44, true)]
    public void A_sample_of_either_kind_may_be_as_short_as_its_own_fields(uint format, int bytes, bool isWhole)
    {
        _run.Process(Datagram(1, Framed(format, new byte[bytes]), Flow()));
        Assert.Single(_run.Flows());
        Assert.Equal(isWhole ? 0 : 1, _run.Counters[SFlowError.SampleTooShort]);
        Assert.Equal(isWhole ? 1 : 0, _run.Counters[FlowSkip.NoPacket]);
    }

    [Theory]
    [InlineData("0800", FlowSkip.HeaderCut)]
    [InlineData("86dd", FlowSkip.HeaderCut)]
    [InlineData("8100", FlowSkip.HeaderCut)]
    [InlineData("8847", FlowSkip.HeaderCut)]
    [InlineData("8864", FlowSkip.HeaderCut)]
    [InlineData("0806", FlowSkip.NotIp)]
    [InlineData("81000064" + "0806", FlowSkip.NotIp)]
    [InlineData("81000064" + "0800", FlowSkip.HeaderCut)]
    [InlineData("81000064" + "8100", FlowSkip.HeaderCut)]
    public void An_Ethernet_frame_that_ends_after_its_type_is_counted_by_its_type(string behindAddresses, object skip)
    {
        byte[] frame = [.. new byte[12], .. Convert.FromHexString(behindAddresses)];
        for (int more = 0; more < 4; more++)
        {
            _run.Process(Datagram(1, Flow(1, 0, SampledHeader(1, [.. frame, .. Enumerable.Repeat((byte)0x60, more)]))));
            Assert.Equal(more + 1, _run.Counters[(FlowSkip)skip]);
        }
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("81002064", 100)]
    [InlineData("88a80065" + "81000064", 101)]
    [InlineData("81000066" + "81000064", 102)]
    public void The_outermost_tag_is_the_vlan(string tags, int vlan)
    {
        _run.Process(
            Datagram(1, Flow(1, 0, SampledHeader(1, [.. new byte[12], .. Convert.FromHexString(tags), 0x86, 0xDD, .. Ipv6Udp()]))));
        _run.Process(
            Datagram(2, Flow(
                2, 0, Framed(1001, Words(7, 0, 8, 0)),
                SampledHeader(1, [.. new byte[12], .. Convert.FromHexString(tags), 0x86, 0xDD, .. Ipv6Udp()]))));
        Assert.Equal([(vlan, 53u), (7, 53u)], _run.Flows().Select(flow => ((int)flow.VlanIn, flow.SrcPort)));
    }

    [Fact]
    public void Switch_router_and_gateway_records_are_read()
    {
        byte[] hop = AddressBytes("2001:db8::fe");
        byte[] gateway =
        [
            .. Words(2), .. hop, .. Words(65001, 65002, 65003, 2), .. Words(2, 2, 65004, 65005), .. Words(1, 1, 65006),
            .. Words(3, 0xFDE90001, 1, 2), .. Words(100),
        ];
        _run.Process(Datagram(1, Flow(1, 0, SampledHeader(12, Ipv6Udp()), Framed(1001, Words(100, 0, 200, 7)),
            Framed(1002, [.. Words(1, 0xC0000201), .. Words(48, 32)]), Framed(1003, gateway))));
        var flow = Assert.Single(_run.Flows());
        Assert.Equal((100, 200, "192.0.2.1", 48, 32), (flow.VlanIn, flow.VlanOut, flow.NextHop, flow.SrcPrefixLen, flow.DstPrefixLen));
        Assert.Equal(("2001:db8::fe", 65001u, 65002u, 65003u, 65006u, 100u),
            (flow.BgpNextHop, flow.RouterAs, flow.SrcAs, flow.SrcPeerAs, flow.DstAs, flow.LocalPref));
        Assert.Equal(("65004 65005 65006", "4259905537 1 2"), (flow.AsPath, flow.Communities));
        Assert.Equal(0b1111_0001u, flow.Present);
    }

    [Fact]
    public void One_packet_makes_one_record_even_if_two_records_describe_it()
    {
        byte[] v4 = Framed(3, Words(1500, 6, 0xC0000201, 0xC6336402, 443, 51000, 0x18, 0xB8));
        byte[] v6 = Framed(4,
            [.. Words(900, 17), .. AddressBytes("2001:db8::a"), .. AddressBytes("2001:db8::b"), .. Words(53, 5353, 0, 8)]);
        _run.Process(Datagram(1, Flow(1, 0, v4, SampledHeader(12, Ipv6Udp())), Flow(2, 0, v4, v6), Flow(3, 0, v4)));
        var flows = _run.Flows();
        Assert.Equal(["2001:db8::1", "2001:db8::a", "192.0.2.1"], flows.Select(f => f.Src));
        Assert.Equal((900u, 17u, 53u, 5353u, 8u), (flows[1].Length, flows[1].Protocol, flows[1].SrcPort, flows[1].DstPort, flows[1].Tos));
        Assert.Equal((1500u, 443u, 0x18u, 0xB8u), (flows[2].Length, flows[2].SrcPort, flows[2].TcpFlags, flows[2].Tos));
    }

    [Fact]
    public void Ipv4_is_counted_where_it_is_not_wanted()
    {
        var run = new PipelineRun(includeIpv4: false);
        byte[] v4 = Framed(3, Words(1500, 6, 0xC0000201, 0xC6336402, 443, 51000, 0x18, 0xB8));
        run.Process(Datagram(1, Flow(), Flow(2, 0, v4), Flow(3, 0, SampledHeader(11, [0x45, .. new byte[30]]))));
        Assert.Single(run.Flows());
        Assert.Equal(2, run.Counters[FlowSkip.Ipv4]);
    }

    [Fact]
    public void A_sample_that_is_cut_loses_itself_only()
    {
        byte[] whole = Datagram(1, Flow(1), Flow(2), Flow(3));
        for (int cut = 1; cut < Flow().Length; cut++)
        {
            var run = new PipelineRun();
            Assert.Equal(DatagramResult.Malformed, run.Process(whole[..^cut]));
            Assert.Equal([1u, 2u], run.Flows().Select(f => f.SampleSequence));
            Assert.Equal((0, 1, 1),
                (run.Counters.Success, run.Counters.ParseErrors,
                run.Counters[SFlowError.SampleTruncated] + run.Counters[SFlowError.SamplesMissing]));
        }
    }

    [Fact]
    public void A_record_that_is_cut_loses_itself_and_later_ones()
    {
        byte[] cut = Framed(1,
            [.. Words(1, 3, 1000, 1000, 0, 1, 2, 3), .. SampledHeader(12, Ipv6Udp()), .. Words(1001, 400), .. Words(1, 2)]);
        byte[] missing = Framed(1, [.. Words(2, 3, 1000, 1000, 0, 1, 2, 9), .. SampledHeader(12, Ipv6Udp())]);
        Assert.Equal(DatagramResult.Taken, _run.Process(Datagram(1, cut, missing, Flow(3))));
        Assert.Equal([1u, 2u, 3u], _run.Flows().Select(f => f.SampleSequence));
        Assert.Equal((1, 1), (_run.Counters[SFlowError.RecordTruncated], _run.Counters[SFlowError.RecordsMissing]));
    }

    [Fact]
    public void Samples_of_every_kind_are_counted_and_stepped_over_by_their_length()
    {
        byte[] discarded = Framed(5, new byte[32]), vendor = Framed(0x0000_9C41, 1, 2, 3), unknown = Framed(99, 7);
        _run.Process(Datagram(1, Framed(2, Words(1, 1, 0)), Framed(4, Words(1, 0, 1, 0)), discarded, vendor, unknown, Flow()));
        Assert.Single(_run.Flows());
        Assert.All(Enum.GetValues<SampleKind>().Except([SampleKind.FlowExpanded]), kind => Assert.Equal(1, _run.Counters[kind]));
        Assert.Equal((6, 1), (_run.Counters.Samples, _run.Counters.Success));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(27)]
    public void A_datagram_that_ends_within_its_header_is_an_error(int bytes)
    {
        Assert.Equal(DatagramResult.Malformed, _run.Process(Datagram(1, Flow())[..bytes]));
        Assert.Equal((1, 1), (_run.Counters.ParseErrors, _run.Counters[SFlowError.HeaderTruncated]));
    }

    [Fact]
    public void A_datagram_that_claims_4_G_samples_costs_nothing()
    {
        byte[] datagram = [.. Datagram(1, announced: uint.MaxValue), .. new byte[8]];
        Assert.Equal(36, datagram.Length);
        _run.Process(datagram);
        int processed = 0, malformed = 0;
        AllocationTries.AssertWithin(0, () =>
        {
            for (int i = 0; i < 1000; i++, processed++)
                malformed += _run.Process(datagram) == DatagramResult.Malformed ? 1 : 0;
        });
        Assert.Equal((processed, processed + 1), (malformed, _run.Counters[SFlowError.SamplesMissing]));
        // The datagram holds one sample without a byte, of format 0.
        Assert.Equal((processed + 1, 0), (_run.Counters[SampleKind.Unknown], _run.Flows().Count));
    }

    [Fact]
    public void The_longest_datagram_full_of_the_shortest_samples_makes_as_many_records()
    {
        byte[] sample = Flow(1, 0, Framed(3, Words(1500, 6, 0xC0000201, 0xC6336402, 443, 51000, 0x18, 0xB8)));
        Assert.Equal(PipelineOutputs.MinFlowSampleBytes, sample.Length);
        int samples = (65_507 - 28) / sample.Length;
        var run = new PipelineRun(collector: new string('x', 200));
        byte[] datagram = [.. Datagram(1, [.. Enumerable.Repeat(sample, samples)]), .. new byte[65_507 - 28 - samples * sample.Length]];
        Assert.Equal((65_507, DatagramResult.Taken), (datagram.Length, run.Process(datagram)));
        Assert.Equal(818, run.Flows().Count);
    }

    [Fact]
    public void Missing_datagrams_are_counted_for_each_agent_of_an_address()
    {
        var other = new ExporterEndPoint(Ipv6Address.FromV4(0xC0000264), 50123);
        byte[] twin = Datagram(900, Flow());
        twin[11] = 2;
        _run.Process(Datagram(1, Flow()));
        _run.Process(twin);
        _run.Process(Datagram(7, Flow()), other);
        _run.Process(Datagram(13, Flow()));
        _run.Process(Datagram(8, Flow()), other);
        Assert.Equal((11, 3), (_run.Counters.SequenceGaps, _run.Counters.Agents));
        _run.Process(Datagram(5, Flow()));
        Assert.Equal((11, 1), (_run.Counters.SequenceGaps, _run.Counters[Pesto.State.SequenceStep.Late]));
    }

    [Fact]
    public void Agents_are_followed_up_to_the_limit()
    {
        int limit = new PipelineOptions().MaxAgentsPerShard;
        for (uint i = 0; i < limit + 50; i++)
            _run.Process(Datagram(1, Flow()), new ExporterEndPoint(Ipv6Address.FromV4(i), 1));
        Assert.Equal((limit, 50), (_run.Counters.Agents, _run.Counters.AgentsUntracked));
        Assert.Equal(limit + 50, _run.Flows().Count);
    }

    [Fact]
    public void Samples_that_agents_lost_are_counted_exactly()
    {
        _run.Process(Datagram(1, Flow(1, drops: 100), Flow(2, drops: 103)));
        _run.Process(Datagram(2, Flow(3, drops: 103), Flow(4, drops: 120)));
        Assert.Equal(20, _run.Counters.SampleDrops);
    }

    [Fact]
    public void Interface_counters_become_records_of_their_own()
    {
        byte[] generic = Words([.. Enumerable.Range(1, 22).Select(i => (uint)i)]),
            ethernet = Words([.. Enumerable.Range(101, 13).Select(i => (uint)i)]);
        _run.Process(
            Datagram(
                1, Framed(4, [.. Words(6, 0, 17, 3), .. Framed(1, generic), .. Framed(1004, 1, 2, 3), .. Framed(2, ethernet)]),
                Flow()));
        Assert.Single(_run.Flows());
        var reader = new MessageReader();
        byte[] value = _run.Value("counters");
        Assert.True(reader.TryRead(value, out var record, out int length));
        Assert.Equal(value.Length, length);
        Assert.Equal((6u, 17u, (byte)3), (record.ReadUInt32(24), record.ReadUInt32(28), record.ReadByte(11)));
        // The values are ifIndex, ifType, ifSpeed; then the places of schemas/sflow-counters.capnp.
        Assert.Equal((1u, 2u, 3ul << 32 | 4), (record.ReadUInt32(48), record.ReadUInt32(52), record.ReadUInt64(56)));
        Assert.Equal((5u, 6u, 7ul << 32 | 8, 9u),
            (record.ReadUInt32(64), record.ReadUInt32(68), record.ReadUInt64(72), record.ReadUInt32(80)));
        Assert.Equal((15ul << 32 | 16, 22u), (record.ReadUInt64(104), record.ReadUInt32(132)));
        Assert.Equal((101u, 113u), (record.ReadUInt32(136), record.ReadUInt32(184)));
        Assert.Equal((1, 0), (_run.Accounts.Balances()["counters"].Decoded, _run.Accounts.Balances()["counters"].Unaccounted));
    }
}
