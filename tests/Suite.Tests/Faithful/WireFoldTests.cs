using Suite.Tests.Fuzz;

namespace Suite.Tests.Faithful;

/// <summary>The fold of the wire itself, where no capture tells: sessions, labels, next hops, AS paths.</summary>
public class WireFoldTests
{
    private const string Router = "192.0.2.100";

    private static readonly byte[] Origin = [0x40, 1, 1, 0];

    private readonly WireFold _fold = new();

    [Fact]
    public void Routes_of_a_session_that_ended_stay_until_the_next_one_has_told_its_table()
    {
        int first = _fold.Open(Router);
        _fold.Add(first, Announce("18c63364"));
        _fold.Add(first, Announce("18c63365"));
        _fold.Close(first);
        int second = _fold.Open(Router);
        _fold.Add(second, Announce("18c63365"));
        Assert.Equal(["198.51.100.0/24", "198.51.101.0/24"], Prefixes());
        _fold.Add(second, Update([0, 0, 0, 0]));
        Assert.Equal(["198.51.101.0/24"], Prefixes());
    }

    [Fact]
    public void A_route_that_a_newer_session_withdraws_does_not_come_back_from_the_older_one()
    {
        int first = _fold.Open(Router);
        _fold.Add(first, Announce("18c63364"));
        _fold.Close(first);
        _fold.Add(_fold.Open(Router), Update(Convert.FromHexString("000418c63364" + "0000")));
        Assert.Empty(Prefixes());
    }

    [Fact]
    public void The_older_session_is_right_when_the_newer_one_ends_first()
    {
        int first = _fold.Open(Router), second = _fold.Open(Router);
        foreach (int session in (int[])[first, second])
        {
            _fold.Add(session, Announce("18c63364"));
            _fold.Add(session, Update([0, 0, 0, 0]));
        }
        _fold.Close(second);
        _fold.Add(first, Announce("18c63365"));
        Assert.Equal(["198.51.100.0/24", "198.51.101.0/24"], Prefixes());
    }

    [Fact]
    public void Peer_Down_empties_the_peer_for_all_sessions_before_it()
    {
        int first = _fold.Open(Router);
        _fold.Add(first, Announce("18c63364"));
        _fold.Close(first);
        _fold.Add(_fold.Open(Router), WireWriter.Bmp(2, Header()));
        Assert.Empty(Prefixes());
    }

    [Fact]
    public void Nothing_counts_after_Termination_and_the_routes_stay()
    {
        int session = _fold.Open(Router);
        _fold.Add(session, [.. Announce("18c63364"), .. WireWriter.Bmp(5, Convert.FromHexString("000100020000")), .. Announce("18c63365")]);
        Assert.Equal(["198.51.100.0/24"], Prefixes());
    }

    // One label (RFC 8277 2.2), two where one leaves too many bits for an address, one in a withdrawal (2.4), none that fits.
    [Theory]
    [InlineData("30000100c63364", false, "198.51.100.0/24 labels 16")]
    [InlineData("30000101c63364", false, "198.51.100.0/24 labels 16")]
    [InlineData("48000100000111c63364", false, "198.51.100.0/24 labels 16,17")]
    [InlineData("30abcdeec63364", true, "198.51.100.0/24 labels 703710")]
    [InlineData("48000100000110c63364", false, "")]
    [InlineData("10c633", false, "")]
    public void Labels_are_read_as_RFC_8277_says(string nlri, bool isWithdrawal, string expected)
    {
        var prefixes = WireNlri.Read(Convert.FromHexString(nlri), 1, 4, default, isWithdrawal);
        Assert.Equal(expected, string.Join(' ', prefixes.Select(p => $"{p.Prefix} labels {p.Labels}")));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("c0000201", "192.0.2.1")]
    [InlineData("0000000000000000c0000201", "192.0.2.1")]
    [InlineData("20010db8000000000000000000000001", "2001:db8::1")]
    [InlineData("000000000000000020010db8000000000000000000000001", "2001:db8::1")]
    [InlineData("c000020100", null)]
    public void The_length_of_a_next_hop_tells_what_it_is(string bytes, string? expected) =>
        Assert.Equal(expected, WireAttributes.MpNextHop(Convert.FromHexString(bytes)).Global);

    // RFC 6793 4.2.3: the end of AS_PATH is replaced; an AS4_PATH that is longer counts for nothing.
    [Theory]
    [InlineData("0203fde95ba05ba0", "0202fa56ea01fa56ea02", "SEQUENCE 65001 4200000001 4200000002")]
    [InlineData("02015ba0", "0202fa56ea01fa56ea02", "SEQUENCE 23456")]
    [InlineData("0201fde901015ba0", "0101fa56ea01", "SEQUENCE 65001 SET 4200000001")]
    [InlineData("0201fde90901fdea", "", null)]
    [InlineData("0202fde9", "", null)]
    [InlineData("", "", "")]
    public void AS_paths_of_two_bytes_are_merged(string path, string as4Path, string? expected)
    {
        List<WireAttribute> attributes = [new(2, Convert.FromHexString(path)), new(17, Convert.FromHexString(as4Path))];
        Assert.Equal(expected, WireAttributes.Read(attributes, asWidth: 2).GetValueOrDefault(RouteAttributes.AsPath));
    }

    private static byte[] Header()
    {
        var random = new SeededRandom(1);
        return new GeneratedPeer(0, [FaultKind.LinkLocalTwins], ref random).Header(0);
    }

    private static byte[] Announce(string nlri) =>
        Update(new WireWriter().U16(0).U16(Origin.Length).Add(Origin).Add(Convert.FromHexString(nlri)).Bytes);

    private static byte[] Update(byte[] body) => WireWriter.Bmp(0, new WireWriter().Add(Header()).Add(WireWriter.Bgp(2, body)).Bytes);

    private IEnumerable<string> Prefixes() => _fold.Table().Keys.Select(route => route.Prefix).Order(StringComparer.Ordinal);
}
