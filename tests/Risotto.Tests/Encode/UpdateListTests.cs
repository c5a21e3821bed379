using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;
using Risotto.Tests.Records;
using static Risotto.Tests.Messages.PathAttribute;

namespace Risotto.Tests.Encode;

/// <summary>
/// The lists of a record, of every length that a vectorised writer could get wrong, at every distance from the end of the
/// message, with another list before and behind.
/// </summary>
public sealed class UpdateListTests
{
    private const int MostNumbers = 70;

    // Fillers of an unknown type behind the attribute in question: the vectors' reads end at different distances.
    private static readonly int[] Distances = [.. Enumerable.Range(0, 40)];

    private readonly RouterSession _session = RouterSession.Established();

    [Fact]
    public void AS_PATH() => ForEachCount(1, MostNumbers, 4,
        value => AsPathOf(Bytes.Join([2, (byte)(value.Length / 4)], value)),
        (value, record) => Assert.Equal(Words(value), record.AsPath));

    [Fact]
    public void AS_PATH_of_1_to_255_numbers_and_of_two_segments_up_to_300()
    {
        for (int count = 1; count <= 300; count++)
        {
            byte[] value = Pattern(count * 4);
            byte[] path = count <= 255
                ? AsPathOf(Bytes.Join([2, (byte)count], value))
                : AsPathOf(Bytes.Join([2, 255], value[..(255 * 4)]), Bytes.Join([2, (byte)(count - 255)], value[(255 * 4)..]));
            var record = Receive(Bytes.Join(Origin(0), path, NextHop("192.0.2.9")));
            Assert.Equal(Words(value), record.AsPath);
            Assert.Empty(record.AsPathSegments);
        }
    }

    [Fact]
    public void Communities() => ForEachCount(1, MostNumbers, 4,
        value => Of(0xC0, 8, value),
        (value, record) => Assert.Equal(Words(value).Select(word => (word >> 16, (ushort)word)), record.Communities));

    [Fact]
    public void Large_communities() => ForEachCount(1, MostNumbers, 12,
        value => Of(0xC0, 32, value),
        (value, record) => Assert.Equal(
            Words(value).Chunk(3).Select(words => (words[0], words[1], words[2])), record.LargeCommunities));

    [Fact]
    public void Extended_communities() => ForEachCount(1, MostNumbers, 8,
        value => Of(0xC0, 16, value),
        (value, record) => Assert.Equal(
            value.Chunk(8).Select(one => new ExtendedCommunity(one[0], one[1], Convert.ToHexString(one[2..]))),
                record.ExtendedCommunities));

    [Fact]
    public void IPv6_extended_communities() => ForEachCount(1, MostNumbers, 20,
        value => Of(0xC0, 25, value),
        (value, record) => Assert.Equal(
            value.Chunk(20).Select(one => new ExtendedCommunity(one[0], one[1], Convert.ToHexString(one[2..]))),
                record.ExtendedCommunities));

    [Fact]
    public void Cluster_list() => ForEachCount(1, MostNumbers, 4,
        value => Of(0x80, 10, value),
        (value, record) => Assert.Equal(Words(value), record.ClusterList));

    [Fact]
    public void Absent_lists_are_empty()
    {
        var record = Receive(Mandatory);
        Assert.Empty(record.Communities);
        Assert.Empty(record.LargeCommunities);
        Assert.Empty(record.ExtendedCommunities);
        Assert.Empty(record.ClusterList);
        Assert.Empty(record.OtherAttributes);
    }

    [Fact]
    public void Extended_communities_of_both_kinds_come_IPv4_ones_first()
    {
        var record = Receive(Bytes.Join(
            Mandatory, Of(0xC0, 25, Bytes.Hex("0002 20010DB8000000000000000000000001 0064")),
                Of(0xC0, 16, Bytes.Hex("0002 FDE9 00000064"))));
        Assert.Equal(
            [new ExtendedCommunity(0, 2, "FDE900000064"), new ExtendedCommunity(0, 2, "20010DB80000000000000000000000010064")],
            record.ExtendedCommunities);
    }

    [Fact]
    public void Unknown_attributes_are_kept_in_message_order_bytes_as_received()
    {
        byte[] long300 = Pattern(300);
        var record = Receive(Bytes.Join(
            Of(0xE0, 200, 1, 2, 3), Mandatory, Of(0x80, 26), Of(0xC0, 128, long300), Of(0xC0, 63, 9), Of(0x90, 255, 7)));
        Assert.Equal(
            [
                new OtherAttribute(0xE0, 200, "010203"), new OtherAttribute(0x80, 26, ""),
                    new OtherAttribute(0xD0, 128, Convert.ToHexString(long300)),
                new OtherAttribute(0xC0, 63, "09"), new OtherAttribute(0x90, 255, "07"),
            ],
            record.OtherAttributes);
        Assert.Equal(1ul << 63 | 1ul << 26 | 0b1110, record.AttributesPresent);
    }

    private void ForEachCount(
        int first, int last, int width, Func<byte[], byte[]> attribute, Action<byte[], UpdateRecord> check)
    {
        for (int count = first; count <= last; count++)
        {
            byte[] value = Pattern(count * width);
            byte[] written = attribute(value);
            bool isPath = written[1] == 2;
            foreach (int distance in Distances)
            {
                byte[] filler = distance == 0 ? [] : Of(0xC0, 99, new byte[distance]);
                byte[] origin = Origin(0), nextHop = NextHop("192.0.2.9"), path = isPath ? [] : AsPath(65001);
                check(value, Receive(Bytes.Join(origin, path, nextHop, written, filler)));
                check(value, ReceiveByMpReach(Bytes.Join(origin, path, written, filler)));
            }
        }
    }

    // The prefix behind the attributes is one byte: the attribute can end one byte before the message does.
    private UpdateRecord Receive(byte[] attributes)
    {
        _session.Receive(new PeerHeader(), BgpMessage.Update(attributes, [0]));
        return _session.TakeUpdate();
    }

    // No byte behind the attributes: the message ends with the attribute.
    private UpdateRecord ReceiveByMpReach(byte[] attributes)
    {
        byte[] reach = MpReach(2, 1, Bytes.Address("2001:db8::9"), Nlri.Prefix("2001:db8::/32"));
        _session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Join(reach, attributes)));
        return _session.TakeUpdate();
    }

    // No two words alike, no zero byte.
    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(1 + (i * 7 + i / 251) % 255))];

    private static uint[] Words(byte[] value) =>
        [.. value.Chunk(4).Select(four => (uint)(four[0] << 24 | four[1] << 16 | four[2] << 8 | four[3]))];
}
