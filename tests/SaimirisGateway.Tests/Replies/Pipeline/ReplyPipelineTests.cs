using System.Buffers.Binary;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Frame;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Tests.Replies.Pipeline;

public class ReplyPipelineTests
{
    private const int FirstPacketAt = PcapFramer.FileHeaderBytes;
    private static readonly CollectorIdentity Gateway = new("test", 7);

    private readonly MemorySink _sink = new();
    private readonly ReplyCounters _counters = new();
    private readonly RecordAccounts _accounts = new();
    private readonly TopicWriter _output;
    private readonly AgentState _agent = new("ams-1");

    public ReplyPipelineTests() =>
        _output = new TopicWriter(
            "replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, _sink, TimeProvider.System, _accounts);

    [Theory]
    [InlineData(101, "")]
    [InlineData(1, "0000000000000000000000000800")]
    [InlineData(1, "0000000000000000000000008100000a0800")]
    [InlineData(113, "00000001000600000000000000000800")]
    [InlineData(276, "0800000000000000000000000000000000000000")]
    [InlineData(0, "02000000")]
    [InlineData(108, "00000002")]
    public void Every_link_type_byte_order_and_resolution_gives_the_same_reply(uint linkType, string header)
    {
        byte[] packet = [.. Convert.FromHexString(header), .. Packets.TimeExceeded()];
        foreach (bool bigEndian in (bool[])[false, true])
        {
            foreach (bool nanoseconds in (bool[])[false, true])
            {
                byte[] body = Packets.Pcap(linkType, bigEndian, nanoseconds, packet);
                Assert.Equal((ReplyStep.NeedsInput, body.Length), (Open(ReplyFormat.Pcap).Process(body, 1, out int consumed), consumed));
            }
        }
        Assert.Equal((4, 4), (_counters.Records, _counters.Accepted));
        var times = Records().Select(r => r.TimeReceivedNs);
        Assert.Equal(Enumerable.Repeat(1_700_000_000_250_000_000ul, 4), times);
    }

    [Fact]
    public void An_agents_records_are_numbered_through_all_its_bodies()
    {
        byte[] body = Packets.Pcap(101, false, false, Packets.TimeExceeded(), Packets.EchoReply(1, 2, 3));
        Open(ReplyFormat.Pcap).Process(body, 1, out _);
        Open(ReplyFormat.Pcap).Process(body, 1, out _);
        Assert.Equal([1ul, 2, 3, 4], Records().Select(r => r.Sequence));
        Assert.Equal((4, 4, 0),
            (_accounts.Balances()["replies"].Decoded, _accounts.Balances()["replies"].Acked, _accounts.Balances()["replies"].Unaccounted));
    }

    [Theory]
    [InlineData(0, 0xFF, "pcap_magic_unknown", 0, 0)]
    [InlineData(20, 0x93, "pcap_link_type_unknown", 0, 0)]
    [InlineData(FirstPacketAt + 16 + 56 + 10, 0xFF, "pcap_packet_too_long", FirstPacketAt + 16 + 56, 1)]
    public void The_first_malformed_record_is_named_by_its_byte_and_those_before_it_stay(
        int at, byte value, string reason, long offset, int accepted)
    {
        byte[] body = Packets.Pcap(101, false, false, Packets.TimeExceeded(), Packets.TimeExceeded());
        body[at] = value;
        var pipeline = Open(ReplyFormat.Pcap);
        Assert.Equal(ReplyStep.Malformed, pipeline.Process(body, 1, out _));
        Assert.Equal((reason, offset, accepted), (pipeline.Error.Code.Reason(), pipeline.Error.Offset, _counters.Accepted));
    }

    [Fact]
    public void A_body_that_ends_inside_a_record_is_malformed_at_that_record()
    {
        byte[] body = Packets.Pcap(101, false, false, Packets.TimeExceeded(), Packets.TimeExceeded());
        var pipeline = Open(ReplyFormat.Pcap);
        Assert.Equal(ReplyStep.NeedsInput, pipeline.Process(body.AsSpan(0, body.Length - 1), 1, out int consumed));
        Assert.Equal(ReplyStep.Malformed, pipeline.EndOfBody(body.Length - 1 - consumed));
        Assert.Equal(("truncated", FirstPacketAt + 72L, 1), (pipeline.Error.Code.Reason(), pipeline.Error.Offset, _counters.Accepted));
    }

    [Fact]
    public void A_message_of_another_agent_is_left_out_and_one_without_an_agent_is_this_ones()
    {
        byte[] body = [.. Message("lhr-2"), .. Message("ams-1"), .. Message("")];
        Assert.Equal(ReplyStep.NeedsInput, Open(ReplyFormat.CapnProto).Process(body, 1, out _));
        Assert.Equal((3, 2), (_counters.Records, _counters.Accepted));
        Assert.Equal([("agent_mismatch", 1L)], _counters.Rejected);
        Assert.Equal(["ams-1", "ams-1"], Records().Select(r => r.AgentId));
    }

    public static TheoryData<string, int, ulong, string> HostileWords => new()
    {
        // The byte of the message, the word to write there, the reason.
        { "as many segments as the count can say", 0, 0x0000_0001_FFFF_FFFE, "message_too_large" },
        { "more words than any reply has", 0, 0x00FF_FFFF_0000_0000, "message_too_large" },
        { "a root that is a list", 8, 0x0000_0000_0000_0001, "pointer_invalid" },
        { "a root that is itself", 8, 0x0008_0008_FFFF_FFFC, "text_invalid" },
        { "a far pointer to nowhere", 8, 0x0000_0007_0000_0002, "pointer_invalid" },
        { "an address beyond the message", 16 + 64 + 8, 0x0000_0082_7FFF_FFFD, "pointer_invalid" },
        { "an address of 15 bytes", 16 + 64 + 8, 0x0000_007A_0000_0019, "address_invalid" },
        { "an address that is not there", 16 + 64 + 8, 0, "address_invalid" },
        { "an agent that is a capability", 16 + 64, 3, "pointer_invalid" },
        { "2^29 labels of nothing", 16 + 64 + 24, 0xFFFF_FFF8_0000_0001, "pointer_invalid" },
    };

    [Theory]
    [MemberData(nameof(HostileWords))]
    public void Hostile_pointers_are_refused(string what, int at, ulong word, string reason)
    {
        byte[] message = Message("ams-1");
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(at), word);
        var pipeline = Open(ReplyFormat.CapnProto);
        byte[] good = Message("ams-1");
        var step = pipeline.Process([.. good, .. message], 1, out _);
        Assert.True(step == ReplyStep.Malformed, what);
        Assert.Equal((reason, good.Length, 1), (pipeline.Error.Code.Reason(), (int)pipeline.Error.Offset, _counters.Accepted));
    }

    [Fact]
    public void Labels_and_texts_beyond_their_limits_are_refused()
    {
        var refused = new List<string>();
        foreach (byte[] message in (byte[][])[Message("ams-1", label: 1 << 20), Message("ams-1", exp: 8), Message("ams-1", labels: 65),
            Message("ams-1", measurementId: new string('m', 65))])
        {
            var pipeline = Open(ReplyFormat.CapnProto);
            Assert.Equal(ReplyStep.Malformed, pipeline.Process(message, 1, out _));
            refused.Add(pipeline.Error.Code.Reason());
        }
        Assert.Equal(["label_invalid", "label_invalid", "too_many_labels", "text_invalid"], refused);
    }

    [Fact]
    public void Without_a_free_batch_the_body_waits_and_continues_where_it_stopped()
    {
        var holding = new HoldingSink();
        var output = new TopicWriter("replies",
            new BatchOptions { MaxBytes = 4096, MaxRecordBytes = ReplyPipeline.MaxOutputBytes, BatchesPerShard = 2, Shards = 1 }, holding,
            TimeProvider.System);
        var pipeline = new ReplyPipeline(_agent, Gateway, new ReplyOptions { Format = ReplyFormat.Pcap }, output, _counters);
        ReadOnlySpan<byte> body = Packets.Pcap(
            101, false, false, [.. Enumerable.Range(0, 300).Select(i => Packets.TimeExceeded((ushort)i))]);
        int waits = 0;
        ReplyStep step;
        int consumed;
        while ((step = pipeline.Process(body, 1, out consumed)) == ReplyStep.NeedsSpace)
        {
            waits++;
            Assert.False(pipeline.Shard.SpaceAvailable.IsCompleted);
            holding.ReleaseAll();
            Assert.True(pipeline.Shard.SpaceAvailable.IsCompleted);
            body = body[consumed..];
        }
        Assert.Equal((ReplyStep.NeedsInput, body.Length, 300), (step, consumed, _counters.Accepted));
        Assert.True(waits > 3);
    }

    private ReplyPipeline Open(ReplyFormat format) => new(_agent, Gateway, new ReplyOptions { Format = format }, _output, _counters);

    private List<(ulong TimeReceivedNs, ulong Sequence, string AgentId)> Records()
    {
        _output.CloseDue(always: true);
        var records = new List<(ulong, ulong, string)>();
        var reader = new MessageReader();
        foreach (var batch in _sink.Batches)
        {
            ReadOnlySpan<byte> rest = batch.Value.Span;
            for (; reader.TryRead(rest, out var record, out int length); rest = rest[length..])
            {
                Assert.True(record.TryReadText(0, out var id));
                records.Add((record.ReadUInt64(0), record.ReadUInt64(56), System.Text.Encoding.UTF8.GetString(id)));
            }
        }
        return records;
    }

    // Written by hand, because our encoder cannot write it, and it must be refused too.
    private static byte[] Message(string agentId, uint label = 16, byte exp = 0, int labels = 0, string measurementId = "")
    {
        var space = new byte[4096];
        var writer = MessageWriter.Begin(space, 8, 8);
        byte[] address = [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        foreach (int pointer in (int[])[1, 2, 4, 5])
            writer.Data(pointer, address);
        if (agentId.Length > 0)
            writer.Text(0, agentId);
        if (measurementId.Length > 0)
            writer.Text(6, measurementId);
        int count = labels > 0 ? labels : exp > 0 || label > 16 ? 1 : 0;
        if (count > 0)
        {
            int first = writer.StructList(3, count);
            for (int i = 0; i < count; i++)
                writer.ElementHead(first, i, label | (ulong)exp << 32);
        }
        return space[..writer.Finish()];
    }
}
