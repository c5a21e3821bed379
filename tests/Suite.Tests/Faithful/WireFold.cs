using System.Buffers.Binary;

namespace Suite.Tests.Faithful;

/// <summary>
/// Folds BMP byte streams to the table that the routers say they have: RFC 7854, 8671 (Adj-RIB-Out) and 9069 (Loc-RIB), plainly, with
/// dictionaries, and with nothing of the product's code. It is the measure for the records that the collector makes of the same bytes.
/// <para>
/// Time does not pass here. A session that ends leaves its routes; a later session of the router replaces them table by table as its
/// End-of-RIB markers come. Where two sessions are open at once, the newer one that tells of a view is right about it.
/// </para>
/// </summary>
/// <param name="pathIds">
/// What is known about a router that writes Path Identifiers otherwise than its OPENs negotiate, by table; null: the OPENs are right.
/// </param>
internal sealed class WireFold(Func<RibKey, bool?>? pathIds = null)
{
    private const int CommonHeader = 6, PerPeerHeader = 42, LongestMessage = 1 << 20, LocRib = 3;

    private static readonly byte[] Marker = [.. Enumerable.Repeat((byte)0xFF, 16)];

    private readonly List<Session> _sessions = [];

    private sealed class Session(string router)
    {
        public string Router { get; } = router;

        public SessionTable Table { get; } = new();

        public List<byte> Pending { get; } = [];

        /// <summary>The two OPENs of the last Peer Up of a peer that is up.</summary>
        public Dictionary<PeerKey, (WireOpen Sent, WireOpen Received)> Opens { get; } = [];
    }

    /// <summary>A session of a router begins; returns its number, which rises.</summary>
    public int Open(string router)
    {
        _sessions.Add(new Session(router));
        return _sessions.Count - 1;
    }

    /// <summary>The next bytes of a session.</summary>
    public void Add(int session, ReadOnlySpan<byte> bytes)
    {
        var from = _sessions[session];
        if (!from.Table.IsOpen)
            return;
        from.Pending.AddRange(bytes);
        byte[] pending = [.. from.Pending];
        int taken = 0;
        while (from.Table.IsOpen && taken < pending.Length)
        {
            // RFC 7854 4.1: Version (1), Message Length (4), Message Type (1). What is not BMP, or has no possible length, ends the
            // session.
            var rest = pending.AsSpan(taken);
            uint length = rest.Length < CommonHeader ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            if (rest[0] is not (3 or 4) || rest.Length >= CommonHeader && length is < CommonHeader or > LongestMessage)
                from.Table.IsOpen = false;
            if (!from.Table.IsOpen || length > rest.Length)
                break;
            Take(from, rest[..(int)length]);
            taken += (int)length;
        }
        from.Pending.RemoveRange(0, taken);
    }

    /// <summary>The capture lost bytes of the session: the message that they belong to is given up.</summary>
    public void Lose(int session) => _sessions[session].Pending.Clear();

    /// <summary>The session ends. Its routes stay: what time does to them is not this fold's.</summary>
    public void Close(int session) => _sessions[session].Table.IsOpen = false;

    /// <summary>No: the session has ended, by Termination, by its connection, or because its bytes cannot be followed.</summary>
    public bool IsOpen(int session) => _sessions[session].Table.IsOpen;

    /// <summary>What the routers have now.</summary>
    public Dictionary<RouteKey, RouteAttributes> Table()
    {
        var table = new Dictionary<RouteKey, RouteAttributes>();
        foreach (var router in _sessions.GroupBy(s => s.Router))
        {
            // Newest first.
            SessionTable[] sessions = [.. router.Select(s => s.Table).Reverse()];
            foreach (var rib in sessions.SelectMany(s => s.Ribs).Distinct())
                Fold(rib, sessions, table);
        }
        return table;
    }

    // The session that is right about the view comes first; what it has not told yet stays as the sessions before it said.
    private static void Fold(RibKey rib, SessionTable[] sessions, Dictionary<RouteKey, RouteAttributes> table)
    {
        SessionTable[] telling = [.. sessions.Where(s => s.TellsOf(rib.Peer, rib.View))];
        int owner = Math.Max(0, Array.FindIndex(telling, s => s.IsOpen));
        var gone = new HashSet<RouteKey>();
        foreach (var session in telling.Skip(owner))
        {
            if (session.Find(rib) is { } own)
            {
                foreach (var (route, attributes) in own.Routes)
                {
                    if (!gone.Contains(route))
                        table.TryAdd(route, attributes);
                }
                gone.UnionWith(own.Withdrawn);
            }
            if (session.IsComplete(rib))
                return;
        }
    }

    private void Take(Session session, ReadOnlySpan<byte> message)
    {
        const int routeMonitoring = 0, peerDown = 2, peerUp = 3, termination = 5;
        int type = message[5];
        // RFC 7854 4.5: the router closes the session after it, and nothing that follows counts.
        if (type == termination)
            session.Table.IsOpen = false;
        if (type is not (routeMonitoring or peerDown or peerUp) || message.Length < CommonHeader + PerPeerHeader)
            return;
        var header = message.Slice(CommonHeader, PerPeerHeader);
        if (header[0] > LocRib)
            return;
        var peer = PeerOf(session.Router, header);
        var body = message[(CommonHeader + PerPeerHeader)..];
        if (type == peerDown)
        {
            // The header says who is down; what follows says why only.
            session.Table.PeerDown(peer);
            session.Opens.Remove(peer);
        }
        else if (type == peerUp)
            TakePeerUp(session, peer, body);
        else
            TakeRouteMonitoring(session, peer, header, BgpOf(message[0], body));
    }

    /// <summary>RFC 7854 4.2: Peer Type (1), Flags (1), Distinguisher (8), Address (16), AS (4), BGP ID (4), time (8).</summary>
    private static PeerKey PeerOf(string router, ReadOnlySpan<byte> header)
    {
        const byte isIpv6 = 0x80;
        string address = header[0] == LocRib ? "::"
            : (header[1] & isIpv6) != 0 ? WireText.Address(header.Slice(10, 16)) : WireText.Address(header.Slice(22, 4));
        uint asn = BinaryPrimitives.ReadUInt32BigEndian(header[26..]), bgpId = BinaryPrimitives.ReadUInt32BigEndian(header[30..]);
        ulong distinguisher = BinaryPrimitives.ReadUInt64BigEndian(header[2..]);
        return new PeerKey(router, header[0], distinguisher, address, PeerKey.SessionOf(address, asn, bgpId));
    }

    // RFC 7854 4.2 (L), RFC 8671 4 (O), RFC 9069 4.1.
    private static int ViewOf(ReadOnlySpan<byte> header)
    {
        const byte isPostPolicy = 0x40, isAdjRibOut = 0x10;
        if (header[0] == LocRib)
            return 4;
        return ((header[1] & isPostPolicy) != 0 ? 1 : 0) + ((header[1] & isAdjRibOut) != 0 ? 2 : 0);
    }

    // RFC 7854 4.10: Local Address (16), Local Port (2), Remote Port (2), Sent OPEN, Received OPEN. It removes nothing: no route was
    // reported gone.
    private static void TakePeerUp(Session session, PeerKey peer, ReadOnlySpan<byte> body)
    {
        session.Opens.Remove(peer);
        if (body.Length > 20 && WireOpen.TryReadTwo(body[20..], out var sent, out var received))
            session.Opens[peer] = (sent, received);
    }

    /// <summary>
    /// Version 4 (draft-ietf-grow-bmp-tlv) puts the BGP message into a TLV of type 4 or 7, whose value an index may precede; its
    /// first drafts have it where version 3 has it. The marker tells.
    /// </summary>
    private static ReadOnlySpan<byte> BgpOf(byte version, ReadOnlySpan<byte> body)
    {
        if (version == 3)
            return body;
        int marker = body.IndexOf(Marker);
        return marker < 0 ? default : body[marker..];
    }

    private void TakeRouteMonitoring(Session session, PeerKey peer, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        const int bgpHeader = 19, update = 2;
        const byte hasTwoByteAs = 0x20;
        int view = ViewOf(header);
        NlriForm FormOf(int afi, int safi) => this.FormOf(session, new RibKey(peer, view, afi, safi));
        int asWidth = header[0] != LocRib && (header[1] & hasTwoByteAs) != 0 ? 2 : 4;
        // RFC 4271 4.1: Marker (16), Length (2), Type (1). The first message's marker may hold anything; another message follows only
        // where another marker of ones does: other bytes are TLVs of the vendor.
        for (bool isFirst = true; body.Length >= bgpHeader && (isFirst || body.StartsWith(Marker)); isFirst = false)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(body[16..]);
            if (length < bgpHeader || length > body.Length)
                return;
            if (body[18] == update)
                TakeUpdate(session, peer, view, new WireUpdate(body[..length], asWidth, FormOf));
            body = body[length..];
        }
    }

    private static void TakeUpdate(Session session, PeerKey peer, int view, WireUpdate update)
    {
        foreach (var routes in update.Routes)
        {
            var rib = new RibKey(peer, view, routes.Afi, routes.Safi);
            foreach (var prefix in routes.Prefixes)
            {
                var route = new RouteKey(rib, prefix.RouteDistinguisher, prefix.Prefix, prefix.PathId);
                if (routes.Attributes is not { } attributes)
                    session.Table.Withdraw(route);
                else if (prefix.Labels.Length == 0)
                    session.Table.Announce(route, attributes);
                else
                    session.Table.Announce(route, new RouteAttributes(attributes) { [RouteAttributes.Labels] = prefix.Labels });
            }
        }
        if (update.EndOfRib is var (afi, safi))
            session.Table.Rib(new RibKey(peer, view, afi, safi)).IsComplete = true;
    }

    /// <summary>
    /// RFC 7911 4: the router receives and the peer sends (Adj-RIB-In), or the other way round (Adj-RIB-Out). The OPENs of a Loc-RIB are
    /// the router's own invention (RFC 9069 4.4): either may say it.
    /// </summary>
    private NlriForm FormOf(Session session, RibKey rib)
    {
        var (_, view, afi, safi) = rib;
        if (!session.Opens.TryGetValue(rib.Peer, out var opens))
            return new NlriForm(pathIds?.Invoke(rib) ?? false, false);
        var (sent, received) = opens;
        bool isIn = sent.CanReceivePathIds(afi, safi) && received.CanSendPathIds(afi, safi);
        bool isOut = sent.CanSendPathIds(afi, safi) && received.CanReceivePathIds(afi, safi);
        bool isEither = sent.CanReceivePathIds(afi, safi) || sent.CanSendPathIds(afi, safi)
            || received.CanReceivePathIds(afi, safi) || received.CanSendPathIds(afi, safi);
        bool negotiated = view switch { 4 => isEither, 0 or 1 => isIn, _ => isOut };
        return new NlriForm(pathIds?.Invoke(rib) ?? negotiated, sent.HasLabelStacks(afi, safi) && received.HasLabelStacks(afi, safi));
    }
}
