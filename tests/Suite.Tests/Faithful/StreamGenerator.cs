using Suite.Tests.Fuzz;

namespace Suite.Tests.Faithful;

/// <summary>
/// Makes BMP streams of a router that has peers, tables and sessions, and does what real ones do: tells its tables, changes them, loses
/// peers, connects again. The same seed and fault make the same stream.
/// </summary>
internal sealed class StreamGenerator
{
    private const string Router = "192.0.2.100";

    private readonly HashSet<FaultKind> _faults;
    private readonly List<StreamEvent> _events = [];
    private readonly List<GeneratedPeer> _peers = [];
    private readonly List<int> _open = [];
    private readonly UpdateWriter _updates;
    private SeededRandom _random;
    private int _sessions;

    private StreamGenerator(ulong seed, FaultKind fault)
    {
        _random = new SeededRandom(seed * 64 + (ulong)fault);
        _faults = [fault];
        if (fault == FaultKind.Mixed)
            _faults.UnionWith(Enum.GetValues<FaultKind>().Where(_ => _random.OneIn(6)));
        // Where an NLRI field cannot be read in either way, nothing tells whether it has Path Identifiers.
        if (_faults.Contains(FaultKind.PathIdsLeftOut))
            _faults.ExceptWith([FaultKind.NlriCut, FaultKind.PrefixTooLong]);
        _updates = new UpdateWriter(_faults);
    }

    public static GeneratedStream Make(ulong seed, FaultKind fault)
    {
        var generator = new StreamGenerator(seed, fault);
        generator.Run();
        var leavesOut = generator._peers.Where(p => p.LeavesPathIdsOut).Select(p => (p.AddressText, p.Distinguisher)).ToHashSet();
        bool? PathIds(RibKey rib) => leavesOut.Contains((rib.Peer.Address, rib.Peer.Distinguisher)) ? false : null;
        return new GeneratedStream(generator._events, PathIds);
    }

    private void Run()
    {
        int peers = 1 + _random.Below(3) + (_faults.Contains(FaultKind.LinkLocalTwins) ? 1 : 0);
        for (int number = 0; number < peers; number++)
            _peers.Add(new GeneratedPeer(number, _faults, ref _random));
        Connect();
        for (int steps = 4 + _random.Below(16); steps > 0; steps--)
        {
            Step();
            if (_open.Count > 0)
                continue;
            // Some routers do not come back.
            if (_random.OneIn(4) && !_peers.Exists(p => p.LeavesPathIdsOut))
                return;
            Connect();
        }
        // What the router's Path Identifiers are like must be clear in the end.
        foreach (var peer in _peers.Where(p => p.LeavesPathIdsOut && p.IsUp))
            peer.Ribs.ForEach(rib => Clear(peer, rib));
        if (_random.OneIn(3))
            CloseAny();
    }

    private void Step()
    {
        var peer = _peers[_random.Below(_peers.Count)];
        switch (_random.Below(24))
        {
            case 0 when _faults.Contains(FaultKind.Termination) || _random.OneIn(4):
                CloseAny();
                break;
            case 1 or 2 when _faults.Contains(FaultKind.Termination):
                // RFC 7854 4.5: reason 0 administratively closed, 1 unspecified, 3 redundant connection.
                SendAll(WireWriter.Bmp(5, new WireWriter().U16(1).U16(2).U16(_random.Below(2) * 3).Bytes));
                SendUpdates(peer, 2);
                _open.Clear();
                break;
            case 3 or 4 when _faults.Contains(FaultKind.SessionRestart):
                CloseAny();
                break;
            case 3 or 4 when _faults.Contains(FaultKind.CollectorRestart):
                _events.Add(new StreamEvent(StreamEventKind.Restart, 0, "", [], IsNeeded: false));
                _open.Clear();
                break;
            case 5 or 6 or 7 when _faults.Contains(FaultKind.TwoSessions):
                if (_open.Count == 1)
                    Connect();
                else
                    CloseAny();
                break;
            case 8 or 9 when _faults.Contains(FaultKind.PeerUpAgain) && peer.IsUp:
                SendAll(peer.PeerUp(), isNeeded: true);
                peer.Ribs.ForEach(rib => SendAll(EndOfRib(peer, rib)));
                break;
            case 10 or 11:
                TogglePeer(peer);
                break;
            case 12 when _faults.Contains(FaultKind.PathIdsLeftOut):
                _events.Add(new StreamEvent(StreamEventKind.Wait, 0, "", [], IsNeeded: false));
                break;
            case 13:
                SendAll(WireWriter.Bmp(1, new WireWriter().Add(peer.Header(0)).U32(1).U16(0).U16(4).U32(7).Bytes));
                break;
            default:
                SendUpdates(peer, 1 + _random.Below(3));
                break;
        }
    }

    // RFC 7854 5: Peer Up for each peer, its tables, End-of-RIB. Nothing comes between: a session that tells only a part is another matter.
    private void Connect()
    {
        int session = _sessions++;
        _events.Add(new StreamEvent(StreamEventKind.Open, session, Router, [], IsNeeded: true));
        Send(session, WireWriter.Bmp(4, new WireWriter().U16(1).U16(4).Add("test"u8).U16(2).U16(2).Add("r1"u8).Bytes));
        foreach (var peer in _peers)
        {
            bool isNew = session == 0 && !_random.OneIn(4);
            peer.IsUp |= isNew;
            if (!peer.IsUp)
                continue;
            Send(session, peer.PeerUp(), isNeeded: true);
            foreach (var rib in peer.Ribs)
            {
                if (isNew)
                    Fill(peer, rib);
                else if (_open.Count == 0)
                    Change(rib);
                foreach (var (_, update) in rib.Routes.Values)
                    Send(session, peer.RouteMonitoring(rib.View, update));
                Send(session, EndOfRib(peer, rib));
            }
        }
        _open.Add(session);
    }

    private void Fill(GeneratedPeer peer, GeneratedRib rib)
    {
        for (int routes = _random.Below(5); routes > 0; routes--)
        {
            var (name, route) = peer.AnyRoute(rib, ref _random);
            rib.Routes[name] = (route, _updates.Single(peer, rib, route, ref _random));
        }
    }

    // While no session is open, some routes go and nobody says so.
    private void Change(GeneratedRib rib)
    {
        foreach (string name in rib.Routes.Keys.ToList())
        {
            if (_random.OneIn(4))
                rib.Routes.Remove(name);
        }
    }

    private void SendUpdates(GeneratedPeer peer, int count)
    {
        for (; count > 0 && peer.IsUp; count--)
        {
            var rib = peer.Ribs[_random.Below(peer.Ribs.Count)];
            SendAll(peer.RouteMonitoring(rib.View, _updates.Next(peer, rib, ref _random)));
        }
    }

    // Four UPDATEs with a prefix of four bytes each: with Path Identifiers they could not be read.
    private void Clear(GeneratedPeer peer, GeneratedRib rib)
    {
        for (int number = 0; number < 4; number++)
        {
            var (name, route) = peer.ClearRoute(rib, number, ref _random);
            byte[] update = _updates.Single(peer, rib, route, ref _random);
            rib.Routes[name] = (route, update);
            SendAll(peer.RouteMonitoring(rib.View, update));
        }
    }

    private void TogglePeer(GeneratedPeer peer)
    {
        peer.IsUp = !peer.IsUp;
        if (peer.IsUp)
        {
            SendAll(peer.PeerUp(), isNeeded: true);
            return;
        }
        peer.Ribs.ForEach(rib => rib.Routes.Clear());
        bool isCut = _faults.Contains(FaultKind.PeerDownCut) && !_random.OneIn(4);
        byte[] notification = WireWriter.Bgp(3, [6, 4]);
        byte[] data = _random.Below(5) switch
        {
            0 => [1, .. notification],
            1 => [2, 0, 18],
            2 => [3, .. notification],
            3 => [4],
            _ => [5],
        };
        if (isCut)
            data = _random.OneIn(4) ? [] : data[..(1 + _random.Below(Math.Max(1, data.Length - 1)))];
        SendAll(WireWriter.Bmp(2, new WireWriter().Add(peer.Header(0)).Add(data).Bytes));
    }

    private void CloseAny()
    {
        if (_open.Count == 0)
            return;
        int session = _open[_random.Below(_open.Count)];
        _open.Remove(session);
        _events.Add(new StreamEvent(StreamEventKind.Close, session, Router, [], IsNeeded: false));
    }

    // RFC 4724 2.
    private static byte[] EndOfRib(GeneratedPeer peer, GeneratedRib rib)
    {
        byte[] body = rib.Afi == 1 && rib.Safi == 1 ? [0, 0, 0, 0]
            : new WireWriter().U16(0).U16(6).U8(0x80).U8(15).U8(3).U16(rib.Afi).U8(rib.Safi).Bytes;
        return peer.RouteMonitoring(rib.View, WireWriter.Bgp(2, body));
    }

    private void SendAll(byte[] message, bool isNeeded = false)
    {
        foreach (int session in _open)
            Send(session, message, isNeeded);
    }

    private void Send(int session, byte[] message, bool isNeeded = false) =>
        _events.Add(new StreamEvent(StreamEventKind.Message, session, Router, message, isNeeded));
}
