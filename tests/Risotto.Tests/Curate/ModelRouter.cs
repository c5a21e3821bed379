using Risotto.Pipeline;
using Risotto.Tests.Messages;
using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Curate;

/// <summary>
/// A router as the model has it: peers that are up or down, and what is in their tables. It tells a collector of them, or is cut off.
/// </summary>
internal sealed class ModelRouter
{
    // ADD-PATH in both directions, so that it holds for every RIB view; the second and the fourth peer speak it.
    private static readonly byte[][] AddPath = [BgpMessage.AddPath(1, 1, 3), BgpMessage.AddPath(2, 1, 3), BgpMessage.AddPath(1, 128, 3)];

    private readonly Random _random;
    private readonly ModelView[][] _peers;
    private readonly bool[] _isUp;
    private RisottoPipeline? _session;

    public ModelRouter(int number, string address, int seed)
    {
        Address = address;
        _random = new Random(seed);
        _peers =
        [
            Views("192.0.2.9", 0, 0), Views("192.0.2.9", 7, 1), Views("2001:db8:9::1", 0, 0), Views("2001:db8:9::1", 7, 1),
            [new ModelView(number, "::", 0, 3, 4)],
        ];
        _isUp = new bool[_peers.Length];

        ModelView[] Views(string peer, ulong distinguisher, byte type) =>
            [.. Enumerable.Range(0, 4).Select(ribView => new ModelView(number, peer, distinguisher, type, ribView))];
    }

    public string Address { get; }

    /// <summary>The truth: what is announced, and with which attributes.</summary>
    public Dictionary<ModelRoute, int> Routes { get; } = [];

    public bool IsConnected => _session is not null;

    /// <summary>A random event of a peer's life; told to the collector while there is a session.</summary>
    public void Step()
    {
        int dice = _random.Next(10_000), peer = _random.Next(_peers.Length);
        if (!_isUp[peer])
            Up(peer);
        else if (dice < 10)
            Down(peer);
        else
            ChangeRoute(peer, dice);
    }

    /// <summary>Connects and tells everything, in any order.</summary>
    public void Connect(ModelCollector collector, bool endsOfRib)
    {
        _session = collector.OpenSession(Address);
        Send(BmpMessage.Initiation(BmpMessage.Tlv(2, "model"u8.ToArray())));
        for (int peer = 0; peer < _peers.Length; peer++)
        {
            if (_isUp[peer])
                Send(PeerUp(peer));
        }
        foreach (var (route, attribute) in Shuffled(Routes))
            Send(ModelMessages.Announce(route, attribute, HasPathIds(route.View)));
        if (!endsOfRib)
            return;
        for (int peer = 0; peer < _peers.Length; peer++)
        {
            foreach (var view in _isUp[peer] ? _peers[peer] : [])
                Send([.. ModelMessages.EndOfRibs(view)]);
        }
    }

    /// <summary>The connection is gone; the collector's end of it lives on until <see cref="End"/>.</summary>
    public RisottoPipeline? Disconnect()
    {
        var session = _session;
        _session = null;
        return session;
    }

    /// <summary>What waits until it is clear whether it has path identifiers has waited long enough.</summary>
    public void EndWaiting()
    {
        lock (_session!.Updates.Gate)
        {
            while (_session.Tick(1 + HeldMessages.MaxWaitNs + 1) == PipelineStep.NeedsSpace)
            {
            }
        }
    }

    /// <summary>What a half-open connection still holds: nothing of it may count once the router has another session.</summary>
    public void SendOld(RisottoPipeline old)
    {
        if (Routes.Count == 0)
            return;
        var (route, attribute) = Routes.ElementAt(_random.Next(Routes.Count));
        Send(old, ModelMessages.Announce(route, attribute + 1, HasPathIds(route.View)));
        Send(old, ModelMessages.Withdraw(route, HasPathIds(route.View)));
    }

    public static void End(RisottoPipeline session, ulong nowNs)
    {
        lock (session.Updates.Gate)
        {
            while (session.EndOfStream(nowNs) == PipelineStep.NeedsSpace)
            {
            }
            session.GiveUp();
        }
    }

    /// <summary>All routes as the folded topic has to have them.</summary>
    public IEnumerable<(FoldedKey Key, string Attributes)> Table() => Routes.Select(route => (
        new FoldedKey(
            Address, route.Key.View.Peer, route.Key.View.Type, route.Key.View.Distinguisher, (byte)route.Key.View.RibView,
            (ushort)(route.Key.Family is ModelFamily.Ipv4 or ModelFamily.VpnIpv4 ? 1 : 2),
                (byte)(route.Key.Family == ModelFamily.VpnIpv4 ? 128 : 1),
            ModelMessages.Text(route.Key), (ulong)route.Key.Distinguisher, HasPathIds(route.Key.View) ? route.Key.PathId : null),
        $"{(route.Value % 3) switch { 0 => "IGP", 1 => "EGP", _ => "INCOMPLETE" }} 65001 {route.Value / 3}"));

    private static bool HasPathIds(ModelView view) => view.Distinguisher != 0;

    private void ChangeRoute(int peer, int dice)
    {
        var view = _peers[peer][_random.Next(_peers[peer].Length)];
        var family = (ModelFamily)_random.Next(4);
        bool hasPathIds = HasPathIds(view);
        var route = new ModelRoute(
            view, family, _random.Next(12), hasPathIds ? (uint)_random.Next(1, 3) : 0, family == ModelFamily.VpnIpv4 ? _random.Next(1, 3)
                : 0);
        if (dice < 4000)
        {
            // Withdrawals of what was never announced too.
            Routes.Remove(route);
            Send(ModelMessages.Withdraw(route, hasPathIds));
            return;
        }
        int attribute = dice < 6500 && Routes.TryGetValue(route, out int same) ? same : _random.Next(9);
        Routes[route] = attribute;
        Send(ModelMessages.Announce(route, attribute, hasPathIds));
    }

    private void Up(int peer)
    {
        _isUp[peer] = true;
        Send(PeerUp(peer));
    }

    private void Down(int peer)
    {
        _isUp[peer] = false;
        foreach (var route in Routes.Keys.Where(route => _peers[peer].Contains(route.View)).ToList())
            Routes.Remove(route);
        Send(BmpMessage.PeerDown(_peers[peer][0].Header, 4));
    }

    private byte[] PeerUp(int peer)
    {
        var header = _peers[peer][0].Header;
        byte[][] paths = HasPathIds(_peers[peer][0]) ? AddPath : [];
        return BmpMessage.PeerUp(
            header, BgpMessage.Open(65000, capabilities: [BgpMessage.FourOctetAs(65000), .. paths]),
            BgpMessage.Open(65001, capabilities: [BgpMessage.FourOctetAs(65001), .. paths]));
    }

    private IEnumerable<KeyValuePair<ModelRoute, int>> Shuffled(Dictionary<ModelRoute, int> routes)
    {
        var all = routes.ToArray();
        _random.Shuffle(all);
        return all;
    }

    private void Send(params byte[][] messages)
    {
        if (_session is { } session)
            Send(session, messages);
    }

    private static void Send(RisottoPipeline session, params byte[][] messages)
    {
        ReadOnlySpan<byte> input = messages.Length == 1 ? messages[0] : Join(messages);
        lock (session.Updates.Gate)
        {
            while (session.Process(input, 1, out int consumed) == PipelineStep.NeedsSpace)
                input = input[consumed..];
        }
    }
}
