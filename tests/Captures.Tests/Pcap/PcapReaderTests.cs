using System.Text;
using Captures.Pcap;
using Shared.Records.Wire;
using Suite.Tests.Fuzz;

namespace Captures.Tests.Pcap;

public sealed class PcapReaderTests
{
    private const ulong TimeNs = 1_790_000_000_123_456_789;

    private static readonly byte[] _frame = "frame one"u8.ToArray();

    [Theory]
    [InlineData(false, false, 1_790_000_000_123_456_000)]
    [InlineData(true, false, 1_790_000_000_123_456_000)]
    [InlineData(false, true, 1_790_000_000_123_456_789)]
    [InlineData(true, true, 1_790_000_000_123_456_789)]
    public void Pcap_is_read_in_both_byte_orders_and_both_time_units(bool bigEndian, bool nanoseconds, ulong expectedNs)
    {
        byte[] file = PcapBytes.Pcap(101, [(TimeNs, _frame), (TimeNs, [1])], bigEndian, nanoseconds);
        var (packets, error) = Read(file);
        Assert.Null(error);
        Assert.Equal([("frame one", expectedNs, LinkType.Raw, 24L), ("\u0001", expectedNs, LinkType.Raw, 49L)], packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_is_read_with_several_sections_interfaces_and_time_units(bool bigEndian)
    {
        byte[] nanoseconds = PcapBytes.Option(9, [9], bigEndian);
        byte[] binary = PcapBytes.Option(9, [0x80 | 20], bigEndian);
        byte[] offset = PcapBytes.Option(14, bigEndian ? [0, 0, 0, 0, 0, 0, 0, 100] : [100, 0, 0, 0, 0, 0, 0, 0], bigEndian);
        byte[] other = PcapBytes.Block(0xBAD, bigEndian, new byte[70_000]);
        byte[] file =
        [
            .. PcapBytes.Section(bigEndian),
            .. PcapBytes.Interface(1, bigEndian),
            .. PcapBytes.Interface(101, bigEndian, nanoseconds, PcapBytes.Option(0, [], bigEndian)),
            .. PcapBytes.Enhanced(1, TimeNs, _frame, bigEndian),
            .. other,
            .. PcapBytes.Enhanced(0, TimeNs / 1000, [7, 8, 9], bigEndian),
            .. PcapBytes.Block(3, bigEndian, PcapBytes.UInt32(2, bigEndian), [65, 66]),
            .. PcapBytes.Section(!bigEndian),
            .. PcapBytes.Interface(113, !bigEndian, bigEndian
                ? PcapBytes.Option(9, [0x80 | 20], false) : PcapBytes.Option(9, [0x80 | 20], true)),
            .. PcapBytes.Enhanced(0, (3UL << 20) + (1 << 19), [1], !bigEndian),
            .. PcapBytes.Section(bigEndian),
            .. PcapBytes.Interface(1, bigEndian, binary, offset),
            .. PcapBytes.Block(2, bigEndian, PcapBytes.UInt16(0, bigEndian), PcapBytes.UInt16(0, bigEndian), PcapBytes.UInt32(0, bigEndian),
                PcapBytes.UInt32(1 << 20, bigEndian), PcapBytes.UInt32(1, bigEndian), PcapBytes.UInt32(1, bigEndian), [66]),
        ];
        var (packets, error) = Read(file);
        Assert.Null(error);
        Assert.Equal(
            [
                ("frame one", TimeNs, LinkType.Raw),
                ("\a\b\t", TimeNs / 1000 * 1000, LinkType.Ethernet),
                ("AB", TimeNs / 1000 * 1000, LinkType.Ethernet),
                ("\u0001", 3_500_000_000, LinkType.LinuxSll),
                ("B", 101_000_000_000, LinkType.Ethernet),
            ],
            packets.Select(p => (p.Text, p.TimeNs, p.LinkType)));
    }

    [Fact]
    public void Gzip_is_recognised_by_its_magic_number_also_on_a_pipe()
    {
        byte[] file = PcapBytes.Gzip(PcapBytes.Pcap(1, [(TimeNs, _frame)]));
        Assert.Equal("frame one", Assert.Single(Read(file).Packets).Text);
        using var reader = new PcapReader(new PrefixedStream(file.AsMemory(0, 1), new PrefixedStream(file.AsMemory(1), Stream.Null)));
        Assert.True(reader.TryRead(out _));
    }

    [Theory]
    [InlineData("", "the file is empty at byte 0")]
    [InlineData("ab", "the file is too short for a capture at byte 0")]
    [InlineData("hello world", "neither pcap nor pcapng (magic number 0x68656c6c) at byte 0")]
    public void A_file_that_is_no_capture_is_named(string file, string message) =>
        Assert.Equal(message, Read(Encoding.ASCII.GetBytes(file)).Error?.ToString());

    [Fact]
    public void A_file_cut_off_in_a_packet_names_the_packet_and_its_byte()
    {
        byte[] file = PcapBytes.Pcap(1, [(TimeNs, _frame), (TimeNs, _frame)]);
        var (packets, error) = Read(file[..^4]);
        Assert.Single(packets);
        Assert.Equal("the file is cut off in packet 2, which has 5 of its 9 bytes and begins at byte 49", error?.ToString());
    }

    [Fact]
    public void A_length_from_the_file_sizes_no_buffer()
    {
        byte[] file = PcapBytes.Pcap(1, [(TimeNs, _frame)]);
        byte[] huge = [.. file[..32], 0xFF, 0xFF, 0xFF, 0x7F, .. file[36..]];
        Assert.Equal("packet 1 claims 2147483647 bytes, more than 16777216, at byte 24", Read(huge).Error?.ToString());

        byte[] large = [.. file[..32], 0, 0, 0xFF, 0, .. file[36..]];
        AllocationTries.AssertWithin(1 << 20, () => Assert.NotNull(Read(large).Error));
    }

    [Fact]
    public void Files_cut_at_every_byte_and_files_with_a_flipped_byte_never_throw()
    {
        byte[] pcap = PcapBytes.Pcap(1, [(TimeNs, _frame), (TimeNs, [])]);
        byte[] pcapng =
        [
            .. PcapBytes.Section(false), .. PcapBytes.Interface(1, false, PcapBytes.Option(9, [9], false)),
            .. PcapBytes.Enhanced(0, TimeNs, _frame, false), .. PcapBytes.Block(3, false, PcapBytes.UInt32(1, false), [1]),
        ];
        foreach (byte[] file in (byte[][])[pcap, pcapng, PcapBytes.Gzip(pcap), PcapBytes.Gzip(pcapng)])
        {
            int whole = Read(file).Packets.Count;
            for (int cut = 0; cut < file.Length; cut++)
            {
                var (packets, _) = Read(file[..cut]);
                Assert.InRange(packets.Count, 0, whole);
            }
            for (int at = 0; at < file.Length; at++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[] flipped = [.. file];
                    flipped[at] ^= (byte)(1 << bit);
                    Read(flipped);
                }
            }
        }
    }

    [Fact]
    public void Truncated_gzip_is_an_error_and_keeps_what_was_whole()
    {
        byte[] packed =
            PcapBytes.Gzip(
            PcapBytes.Pcap(1, [.. Enumerable.Range(0, 2000).Select(i => (TimeNs, Encoding.ASCII.GetBytes($"frame {i * 7919 % 1999}")))]));
        var (packets, error) = Read(packed[..(packed.Length / 2)]);
        Assert.InRange(packets.Count, 1, 1999);
        Assert.NotNull(error);
    }

    private static (List<(string Text, ulong TimeNs, LinkType LinkType, long Offset)> Packets, PcapError? Error) Read(byte[] file)
    {
        using var reader = new PcapReader(new MemoryStream(file));
        var packets = new List<(string, ulong, LinkType, long)>();
        while (reader.TryRead(out var packet))
        {
            Assert.Equal(packets.Count + 1, packet.Number);
            packets.Add((Encoding.ASCII.GetString(packet.Data.Span), packet.TimeNs, packet.LinkType, packet.Offset));
        }
        return (packets, reader.Error);
    }
}
