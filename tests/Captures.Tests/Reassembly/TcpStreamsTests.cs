using System.Text;
using Captures.Pcap;
using Captures.Reassembly;
using Shared.Records.Wire;
using static Captures.Tests.Pcap.Frames;

namespace Captures.Tests.Reassembly;

public sealed class TcpStreamsTests
{
    private readonly List<string> _chunks = [];
    private readonly TcpStreams _streams = new(maxWaitingBytesPerStream: 4096);
    private ulong _timeNs;

    [Fact]
    public void Segments_in_order_are_handed_on_as_they_come()
    {
        Send(100, Syn);
        Send(101, Ack, "abc");
        Send(104, Ack, "de");
        Send(106, Fin | Ack, "f");
        Expect("0@2 abc", "0@3 de", "0@4 f", "0@4 end");
    }

    [Fact]
    public void Reordered_segments_wait_for_what_is_missing()
    {
        Send(100, Syn);
        Send(105, Ack, "ef");
        Send(103, Ack, "cd");
        Send(101, Ack, "ab");
        Expect("0@4 ab", "0@4 cd", "0@4 ef", "0@4 end");
    }

    [Fact]
    public void Of_bytes_that_come_twice_the_first_count()
    {
        Send(100, Syn);
        Send(101, Ack, "abc");
        Send(101, Ack, "XXX");
        Send(102, Ack, "YYde");
        Send(110, Ack, "jk");
        Send(106, Ack, "fghiZZlm");
        Send(100, Syn);
        Expect("0@2 abc", "0@4 de", "0@6 fghi", "0@6 jk", "0@6 lm", "0@7 end");
    }

    [Fact]
    public void An_overlap_with_two_waiting_segments_fills_only_the_holes()
    {
        Send(100, Syn);
        Send(103, Ack, "c");
        Send(105, Ack, "e");
        Send(102, Ack, "bCdEfg");
        Send(101, Ack, "a");
        Expect("0@5 a", "0@5 b", "0@5 c", "0@5 d", "0@5 e", "0@5 fg", "0@5 end");
    }

    [Fact]
    public void A_capture_from_the_middle_begins_with_the_first_data()
    {
        Send(499, Ack);
        Send(500, Ack, "mid");
        Send(490, Ack, "earlier");
        Send(503, Ack, "dle");
        Assert.False(_streams.Finish()[0].Flow.StartsWithSyn);
        Expect("0@2 mid", "0@4 dle");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Data_on_a_syn_is_placed_by_the_next_segment(uint synUses)
    {
        Send(100, Syn, "abc");
        Send(103 + synUses + 2, Ack, "fg");
        Send(103 + synUses, Ack, "de");
        Expect("0@1 abc", "0@3 de", "0@3 fg", "0@3 end");
    }

    [Fact]
    public void Sequence_numbers_wrap()
    {
        Send(0xFFFF_FFFD, Syn);
        Send(0xFFFF_FFFE, Ack, "ab");
        Send(2, Ack, "ef");
        Send(0, Ack, "cd");
        Send(0xFFFF_FFFE, Ack, "XX");
        Expect("0@2 ab", "0@4 cd", "0@4 ef", "0@5 end");
    }

    [Fact]
    public void Bytes_that_the_capture_lost_are_a_gap_at_the_streams_end()
    {
        Send(100, Syn);
        Send(101, Ack, "ab");
        Send(110, Ack, "jk");
        Send(114, Ack, "no");
        Expect("0@2 ab", "0@4 gap 7 jk", "0@4 gap 2 no", "0@4 end");
    }

    [Fact]
    public void Too_much_that_waits_makes_a_gap_and_the_stream_continues()
    {
        Send(100, Syn);
        Send(103, Ack, new string('c', 3000));
        Assert.Empty(_chunks);
        Send(3103, Ack, new string('d', 3000));
        Send(6103, Ack, "e");
        Expect("0@3 gap 2 " + new string('c', 3000), "0@3 " + new string('d', 3000), "0@4 e", "0@4 end");
    }

    [Fact]
    public void A_segment_cut_by_the_snap_length_leaves_a_gap_of_its_size()
    {
        Send(100, Syn);
        Send(101, Ack, "abcdef", snapped: 2);
        Send(107, Ack, "gh");
        Expect("0@2 ab", "0@2 gap 4 ", "0@3 gh", "0@3 end");
    }

    [Fact]
    public void A_reset_ends_both_directions()
    {
        Send(100, Syn);
        Reply(900, Syn | Ack);
        Send(101, Ack, "ab");
        Reply(901, Ack, "yz");
        Reply(903, Rst);
        Send(103, Ack, "late");
        Expect("0@3 ab", "1@4 yz", "1@5 end", "0@3 end");
    }

    [Fact]
    public void A_new_syn_on_the_same_ports_is_a_new_stream()
    {
        Send(100, Syn);
        Send(101, Ack, "ab");
        Send(7000, Syn);
        Send(7001, Fin, "cd");
        Send(100, Syn);
        Send(101, Ack, "ef");
        Expect("0@2 ab", "0@2 end", "1@4 cd", "1@4 end", "2@6 ef", "2@6 end");
    }

    [Fact]
    public void A_syn_that_its_own_data_overtook_begins_no_new_stream()
    {
        Send(101, Ack, "ab");
        Send(100, Syn);
        Send(103, Ack, "cd");
        Expect("0@1 ab", "0@3 cd", "0@3 end");
    }

    [Fact]
    public void A_fin_waits_for_the_data_before_it_and_ends_the_stream_once()
    {
        Send(100, Syn);
        Send(103, Fin, "cd");
        Send(101, Ack, "ab");
        Send(103, Fin, "cd");
        Send(106, Ack, "beyond");
        Expect("0@3 ab", "0@3 cd", "0@3 end");
    }

    [Fact]
    public void Any_order_and_overlap_of_segments_gives_the_same_bytes()
    {
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] whole = new byte[random.Next(1, 400)];
            random.NextBytes(whole);
            var pieces = new List<(int From, int To)>();
            for (int at = 0; at < whole.Length;)
            {
                int to = Math.Min(whole.Length, at + random.Next(1, 40));
                pieces.Add((Math.Max(0, at - random.Next(0, 30)), to));
                at = to;
            }
            (int, int)[] shuffled = [.. pieces, .. pieces.Where(_ => random.Next(3) == 0)];
            random.Shuffle(shuffled);
            uint isn = (uint)random.Next() * 2;
            var streams = new TcpStreams();
            var result = new List<byte>();
            void Add(uint sequence, byte flags, byte[] data)
            {
                foreach (var chunk in streams.Add(Packet("192.0.2.1", "192.0.2.2", Tcp(1, 2, sequence, flags, data))))
                {
                    Assert.Equal(0, chunk.Gap);
                    result.AddRange(chunk.Data.Span);
                }
            }
            Add(isn, Syn, []);
            foreach (var (from, to) in shuffled)
                Add(isn + 1 + (uint)from, Ack, whole[from..to]);
            Assert.Equal(whole, result);
            Assert.True(Assert.Single(streams.Finish()).Ends);
        }
    }

    private void Send(uint sequence, byte flags, string data = "", int? snapped = null)
    {
        byte[] tcp = Tcp(40000, 1790, sequence, flags, Encoding.ASCII.GetBytes(data));
        Take(_streams.Add(Packet("192.0.2.1", "192.0.2.2", tcp, snapped is { } bytes ? 20 + bytes : null)));
    }

    private void Reply(uint sequence, byte flags, string data = "") =>
        Take(_streams.Add(Packet("192.0.2.2", "192.0.2.1", Tcp(1790, 40000, sequence, flags, Encoding.ASCII.GetBytes(data)))));

    private IpPacket Packet(string source, string destination, byte[] tcp, int? captured = null)
    {
        byte[] frame = Ipv4(source, destination, IpPacket.Tcp, tcp);
        if (captured is { } bytes)
            frame = frame[..(20 + bytes)];
        Assert.Equal(PacketSkip.None, IpPacket.TryRead(new CapturedPacket(1, ++_timeNs, LinkType.Raw, frame, 0, 0), out var ip));
        return ip;
    }

    private void Expect(params string[] chunks)
    {
        Take(_streams.Finish());
        Assert.Equal(chunks, _chunks);
    }

    private void Take(IReadOnlyList<TcpChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            string gap = chunk.Gap > 0 ? $"gap {chunk.Gap} " : "";
            string what = chunk.Ends ? "end" : gap + Encoding.ASCII.GetString(chunk.Data.Span);
            _chunks.Add($"{chunk.Flow.Index}@{chunk.TimeNs} {what}");
        }
    }
}
