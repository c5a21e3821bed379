using System.Net;
using Risotto.Tests.Messages;

namespace Load.Feed;

/// <summary>
/// What one router says, the same for the same seed: how its session begins, and Route Monitoring messages that can be sent round and
/// round. A prefix never has the same path twice in succession, and one in twenty is withdrawn in between, so each is news.
/// </summary>
internal sealed class RouterStream
{
    private const int Peers = 4, PrefixesPerPeer = 2000, WithdrawnOneIn = 20;

    private readonly List<int> _ends = [];

    /// <param name="router">Where its peers' addresses begin.</param>
    /// <param name="seed">Of the paths.</param>
    /// <param name="prefixesPerUpdate">Records that a message makes.</param>
    public RouterStream(IPAddress router, int seed, int prefixesPerUpdate = 1)
    {
        PrefixesPerUpdate = prefixesPerUpdate;
        var random = new Random(seed);
        byte[] octets = router.GetAddressBytes();
        var peers = Enumerable.Range(1, Peers).Select(i => new PeerHeader
        {
            Address = $"10.{octets[2]}.{octets[3]}.{i}",
            As = (uint)(64500 + i),
            BgpId = (uint)(0x0A000000 + (octets[2] << 16) + (octets[3] << 8) + i),
            Seconds = 1_767_225_600,
            Microseconds = 0,
        }).ToArray();
        Beginning = Octets.Join(
        [
            BmpMessage.Initiation(BmpMessage.Tlv(2, [.. System.Text.Encoding.ASCII.GetBytes($"feed {router}")])),
            .. peers.Select(peer => BmpMessage.PeerUp(peer, Open(4_200_000_001), Open(peer.As))),
        ]);
        using var round = new MemoryStream();
        for (int lap = 0; lap < 2; lap++)
        {
            for (int first = 0; first < PrefixesPerPeer; first += prefixesPerUpdate)
            {
                foreach (var peer in peers)
                {
                    bool isWithdrawn = lap == 1 && first / prefixesPerUpdate % WithdrawnOneIn == 0;
                    round.Write(BmpMessage.RouteMonitoring(peer, Update(random, peer, lap, first, isWithdrawn)));
                    _ends.Add((int)round.Length);
                }
            }
        }
        Round = round.ToArray();
    }

    /// <summary>Initiation and Peer Ups; no records of the updates topic come of them.</summary>
    public byte[] Beginning { get; }

    /// <summary>Every message once; behind the last comes the first again.</summary>
    public byte[] Round { get; }

    /// <summary>Where each message of the round ends.</summary>
    public IReadOnlyList<int> Ends => _ends;

    public int PrefixesPerUpdate { get; }

    // The two laps differ in the first AS number, so that the paths do too.
    private byte[] Update(Random random, PeerHeader peer, int lap, int first, bool isWithdrawn)
    {
        byte[] nlri = Octets.Join([.. Enumerable.Range(first, PrefixesPerUpdate).Select(i => new byte[] { 24, 100, (byte)(i >> 8), (byte)i })]);
        if (isWithdrawn)
            return BgpMessage.Update([], withdrawn: nlri);
        uint[] path = [peer.As, (uint)(1000 + lap), .. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (uint)random.Next(2000, 400_000))];
        return BgpMessage.Update(
            Octets.Join(PathAttribute.Origin(0), PathAttribute.AsPath(path), PathAttribute.NextHop(peer.Address)), nlri);
    }

    private static byte[] Open(uint asNumber) =>
        BgpMessage.Open(asNumber, capabilities: [BgpMessage.Capability(1, 0, 1, 0, 1), BgpMessage.FourOctetAs(asNumber)]);
}
