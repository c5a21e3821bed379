using Risotto.Tests.Messages;
using Risotto.Tests.Pipeline;

namespace Risotto.Tests.Decode;

public sealed class UpdateErrorTests
{
    private static readonly byte[] Sound = BgpMessage.Update(PathAttribute.Mandatory, Nlri.Prefix("198.51.100.0/24"));

    public static TheoryData<string> Names => UpdateErrorCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_update_costs_no_more_than_what_cannot_be_read(string name)
    {
        string[] row = UpdateErrorCases.Cases.Single(each => each[0] == name);
        bool isInternal = name.EndsWith("internal", StringComparison.Ordinal);
        var header = new PeerHeader { As = isInternal ? 65000u : 65001u };
        var session = RouterSession.Established(header);
        byte[] message = BmpMessage.RouteMonitoring(header, BgpMessage.Update(Bytes.Hex(row[1]), Bytes.Hex(row[2]), Bytes.Hex(row[3])));

        session.Receive(message);

        var records = session.TakeUpdates();
        Assert.Equal(row[6], string.Join(" ", records.Select(record => record.Route)));
        Assert.All(records, record => Assert.Equal(UpdateErrorCases.ActionOf(row[4]), record.ErrorAction));
        Assert.Equal([(row[5], 1L)], session.Counters.Errors);
        var letter = Assert.Single(session.TakeMalformed());
        Assert.Equal(row[5], letter.Error);
        Assert.Equal(UpdateErrorCases.ActionOf(row[4]), letter.Action);
        Assert.Equal(message, letter.Message);
        Assert.InRange(letter.Offset, 48u, (uint)message.Length);

        session.Receive(header, Sound);
        Assert.Equal(["+198.51.100.0/24"], session.TakeRoutes());
        Assert.Equal(2 + 1, session.Counters.Messages);
    }

    [Theory]
    [InlineData("400101 03", 1, "03")]
    [InlineData("400102 0000", 1, "0000")]
    [InlineData("400206 0501 0000FDE9", 2, "05010000fde9")]
    [InlineData("400300", 3, "")]
    [InlineData("800403 000001", 4, "000001")]
    [InlineData("400505 0000006400", 5, "0000006400")]
    [InlineData("C00803 010203", 8, "010203")]
    [InlineData("C00707 0000FDE90A0000", 7, "0000fde90a0000")]
    [InlineData("C02008 0000FDE900000001", 32, "0000fde900000001")]
    [InlineData("C00810 FDE90064", 8, "fde90064")]
    [InlineData("C063FF 01", 99, "01")]
    public void An_attribute_that_cannot_be_read_is_absent_and_its_bytes_are_kept(string attribute, int type, string value)
    {
        var session = RouterSession.Established(new PeerHeader { As = 65000 });
        session.Receive(new PeerHeader { As = 65000 }, BgpMessage.Update(Bytes.Hex(attribute), Nlri.Prefix("203.0.113.0/24")));

        var record = session.TakeUpdate();
        Assert.True(record.Announced);
        Assert.Equal(0ul, record.AttributesPresent);
        Assert.Equal(1, record.ErrorAction);
        Assert.Equal("INCOMPLETE", record.Origin);
        Assert.Equal("::", record.NextHop);
        Assert.Empty(record.AsPath);
        Assert.Empty(record.Communities);
        Assert.Equal((0u, 0u, 0u), (record.MultiExitDisc, record.LocalPreference, record.AggregatorAsn));
        Assert.Equal([(type, value)], record.OtherAttributes.Select(other => ((int)other.Type, other.Value.ToLowerInvariant())));
    }

    [Fact]
    public void An_attribute_that_is_left_out_leaves_the_others()
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update(
            Bytes.Join(PathAttribute.Mandatory, PathAttribute.MultiExitDisc(50), PathAttribute.Of(0x40, 5, 0, 100),
                PathAttribute.Of(0xC0, 7, 1, 2, 3)),
            Nlri.Prefix("203.0.113.0/24")));

        var record = session.TakeUpdate();
        Assert.True(record.Announced);
        Assert.Equal(50u, record.MultiExitDisc);
        Assert.Equal(0u, record.LocalPreference);
        Assert.Equal(0u, record.AggregatorAsn);
        // Not LOCAL_PREF (5) and AGGREGATOR (7), whose values cannot be read.
        Assert.Equal(0b0001_1110ul, record.AttributesPresent);
        Assert.Equal([5, 7], record.OtherAttributes.Select(other => (int)other.Type));
    }

    [Fact]
    public void The_first_of_a_repeated_attribute_stands()
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update(
            Bytes.Join(PathAttribute.Mandatory, PathAttribute.MultiExitDisc(50), PathAttribute.MultiExitDisc(60),
                Bytes.Hex("C06301 01 C08001 02 C06301 03 C08001 04")),
            Nlri.Prefix("203.0.113.0/24")));

        var record = session.TakeUpdate();
        Assert.Equal(50u, record.MultiExitDisc);
        Assert.Equal([(0x63, "01"), (0x80, "02")], record.OtherAttributes.Select(other => ((int)other.Type, other.Value)));
    }

    [Theory]
    [InlineData("0015 18CB0071 0000", "")]
    [InlineData("FFFF 0000", "")]
    [InlineData("0000 0015 400101 00", "")]
    [InlineData("0000 FFFF 800F0A 0002 01 30 20010DB80001", "-2001:db8:1::/48")]
    [InlineData("0000 FFFF", "")]
    [InlineData("0000", "")]
    [InlineData("", "")]
    public void RFC_7606_3b_attributes_that_are_longer_than_the_update_end_with_it(string body, string routes)
    {
        var session = RouterSession.Established();
        byte[] message = BmpMessage.RouteMonitoring(new PeerHeader(), BgpMessage.Message(BgpMessage.UpdateType, Bytes.Hex(body)));

        session.Receive(message);

        Assert.Equal(routes, string.Join(' ', session.TakeRoutes()));
        var letter = Assert.Single(session.TakeMalformed());
        Assert.Equal(("update_lengths_invalid", (byte)1), (letter.Error, letter.Action));
        Assert.Equal(message, letter.Message);
        session.Receive(new PeerHeader(), Sound);
        Assert.Equal(["+198.51.100.0/24"], session.TakeRoutes());
    }

    [Fact]
    public void Of_repeated_MP_attributes_sixteen_of_each_type_count()
    {
        var session = RouterSession.Established();
        string[] prefixes = [.. Enumerable.Range(0, 20).Select(i => $"2001:db8:{i + 1:x}::/48")];
        byte[] Mp(string prefix, string head) => Bytes.Join(Bytes.Hex(head), Nlri.Prefix(prefix));
        byte[] message = BmpMessage.RouteMonitoring(new PeerHeader(), BgpMessage.Update(Bytes.Join(
            [PathAttribute.OriginAndPath, .. prefixes.Select(p => Mp(p, "800F0A 0002 01")),
            .. prefixes.Select(p => Mp(p, "800E1C 0002 01 10 20010DB8000000000000000000000009 00"))])));

        session.Receive(message);

        Assert.Equal([.. prefixes.Take(16).Select(p => "-" + p), .. prefixes.Take(16).Select(p => "+" + p)], session.TakeRoutes());
        Assert.Equal("mp_attribute_repeated", Assert.Single(session.TakeMalformed()).Error);
        Assert.Equal([("mp_attribute_repeated", 1L)], session.Counters.Errors);
    }

    [Fact]
    public void RFC_7606_5_2_routes_withdrawn_beside_malformed_attributes_are_withdrawn()
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(), BgpMessage.Update(Bytes.Hex("400101 09"), withdrawn: Nlri.Prefix("203.0.113.0/24")));

        Assert.Equal(["-203.0.113.0/24"], session.TakeRoutes());
        Assert.Equal("origin_invalid", Assert.Single(session.TakeMalformed()).Error);
    }

    [Theory]
    [InlineData("the Partial bit", "E00804 FDE90064")]
    [InlineData("the Extended Length bit", "D008 0004 FDE90064")]
    [InlineData("the unused bits", "CF0804 FDE90064")]
    public void Other_attribute_flags_are_no_error(string _, string communities)
    {
        var session = RouterSession.Established();
        session.Receive(new PeerHeader(),
            BgpMessage.Update(Bytes.Join(PathAttribute.Mandatory, Bytes.Hex(communities)), Nlri.Prefix("203.0.113.0/24")));

        Assert.Equal([(65001u, (ushort)100)], session.TakeUpdate().Communities);
        Assert.Empty(session.Counters.Errors);
    }

    [Fact]
    public void An_extended_message_is_in_the_dead_letter_to_its_last_byte()
    {
        var session = RouterSession.Established();
        byte[] filler = PathAttribute.Of(0xC0, 99, new byte[60_000]);
        byte[] attributes = Bytes.Join(Bytes.Hex("400101 03"), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9"), filler);
        int room = 65_535 - 23 - attributes.Length;
        byte[] nlri = Bytes.Join([.. Enumerable.Range(0, room / 4).Select(i => Bytes.Hex($"18 CB{i:X4}"))]);
        byte[] message = BmpMessage.RouteMonitoring(new PeerHeader(), BgpMessage.Update(attributes, nlri));

        session.Receive(message);

        Assert.Equal(room / 4, session.TakeUpdates().Count);
        Assert.Equal(message, Assert.Single(session.TakeMalformed()).Message);
    }
}
