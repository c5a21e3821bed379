using System.Net;
using Risotto.Tests.Messages;

namespace Load.Send;

/// <summary>
/// Makes a router's stream, the same for the same seed. No prefix has the same path twice in succession, and one in twenty is withdrawn in
/// between, so each message changes the table.
/// </summary>
internal static class ChangingRoutes
{
    private const int Peers = 4, PrefixesPerPeer = 2000, WithdrawnOneIn = 20;

    /// <param name="router">The address from which those of its peers follow.</param>
    /// <param name="seed">The seed of the paths.</param>
    /// <param name="prefixesPerUpdate">Records that a Route Monitoring message makes.</param>
    public static RouterStream Make(IPAddress router, int seed, int prefixesPerUpdate)
    {
        var random = new Random(seed);
        byte[] bytes = router.GetAddressBytes();
        var peers = Enumerable.Range(1, Peers).Select(i => new PeerHeader
        {
            Address = $"10.{bytes[2]}.{bytes[3]}.{i}",
            As = (uint)(64500 + i),
            BgpId = (uint)(0x0A000000 + (bytes[2] << 16) + (bytes[3] << 8) + i),
            Seconds = 1_767_225_600,
            Microseconds = 0,
        }).ToArray();
        byte[] beginning = Bytes.Join(
        [
            BmpMessage.Initiation(BmpMessage.Tlv(2, [.. System.Text.Encoding.ASCII.GetBytes($"sender {router}")])),
            .. peers.Select(peer => BmpMessage.PeerUp(peer, Open(4_200_000_001), Open(peer.As))),
        ]);
        using var round = new MemoryStream();
        var ends = new List<int>();
        for (int lap = 0; lap < 2; lap++)
        {
            for (int first = 0; first < PrefixesPerPeer; first += prefixesPerUpdate)
            {
                foreach (var peer in peers)
                {
                    bool isWithdrawn = lap == 1 && first / prefixesPerUpdate % WithdrawnOneIn == 0;
                    byte[] nlri = Bytes.Join(
                        [.. Enumerable.Range(first, prefixesPerUpdate).Select(i => new byte[] { 24, 100, (byte)(i >> 8), (byte)i })]);
                    byte[] update = isWithdrawn ? BgpMessage.Update([], withdrawn: nlri) : BgpMessage.Update(Path(random, peer, lap), nlri);
                    round.Write(BmpMessage.RouteMonitoring(peer, update));
                    ends.Add((int)round.Length);
                }
            }
        }
        return new RouterStream(beginning, round.ToArray(), [.. ends], [.. ends.Select((_, i) => (i + 1) * prefixesPerUpdate)]);
    }

    // The two laps differ in the second AS number, so that the paths do too.
    private static byte[] Path(Random random, PeerHeader peer, int lap)
    {
        uint[] path = [peer.As, (uint)(1000 + lap), .. Enumerable.Range(0, random.Next(1, 5))
            .Select(_ => (uint)random.Next(2000, 400_000))];
        return Bytes.Join(PathAttribute.Origin(0), PathAttribute.AsPath(path), PathAttribute.NextHop(peer.Address));
    }

    private static byte[] Open(uint asNumber) =>
        BgpMessage.Open(asNumber, capabilities: [BgpMessage.Capability(1, 0, 1, 0, 1), BgpMessage.FourOctetAs(asNumber)]);
}
