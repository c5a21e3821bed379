using System.Buffers.Binary;

namespace Suite.Tests.Faithful;

/// <summary>The prefixes of one NLRI field of an UPDATE, and what is said about them.</summary>
/// <param name="Attributes">Of announced prefixes, without labels; null: the prefixes are withdrawn.</param>
internal sealed record WireRoutes(int Afi, int Safi, List<WirePrefix> Prefixes, RouteAttributes? Attributes);

/// <summary>
/// One UPDATE (RFC 4271 4.3), read as a report of what the router has: no fault of an attribute removes a route or skips a prefix.
/// The error handling of RFC 7606 is the router's own, and it is done.
/// </summary>
internal sealed class WireUpdate
{
    private const byte MpReach = 14, MpUnreach = 15;

    private readonly Func<int, int, NlriForm> _form;

    /// <param name="message">The BGP message, header included.</param>
    /// <param name="asWidth">Bytes of an AS number.</param>
    /// <param name="form">How NLRI of an address family is read.</param>
    public WireUpdate(ReadOnlySpan<byte> message, int asWidth, Func<int, int, NlriForm> form)
    {
        _form = form;
        const int header = 19;
        if (message.Length < header + 4)
            return;
        // Attributes that are longer than the message end with it. Of withdrawn routes that are longer nothing says where they end.
        var (withdrawn, rest) = Field(message[header..]);
        if (rest.Length < 2)
            withdrawn = [];
        var (attributeField, nlri) = Field(rest);
        var attributes = WireAttributes.Split(attributeField);
        var read = WireAttributes.Read(attributes, asWidth);

        // A prefix that one UPDATE withdraws and announces is announced (RFC 4271 4.3), so withdrawals come first.
        Withdraw(withdrawn, 1, 1);
        foreach (var attribute in attributes.Where(a => a.Type == MpUnreach && a.Value.Length >= 3))
            Withdraw(attribute.Value.AsSpan(3), BinaryPrimitives.ReadUInt16BigEndian(attribute.Value), attribute.Value[2]);
        Announce(nlri, 1, 1, read, WireAttributes.NextHopOf(attributes));
        foreach (var attribute in attributes.Where(a => a.Type == MpReach))
            TakeMpReach(attribute.Value, read);
        EndOfRib = EndOfRibOf(withdrawn, attributeField, attributes, nlri);
    }

    /// <summary>In the order in which they take effect.</summary>
    public List<WireRoutes> Routes { get; } = [];

    /// <summary>The family whose table is complete (RFC 4724 2), if the UPDATE is an End-of-RIB marker.</summary>
    public (int Afi, int Safi)? EndOfRib { get; }

    private static (byte[] Field, byte[] After) Field(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return ([], []);
        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(bytes), bytes.Length - 2);
        return (bytes.Slice(2, length).ToArray(), bytes[(2 + length)..].ToArray());
    }

    /// <summary>
    /// RFC 4760 3: AFI (2), SAFI (1), Length of Next Hop (1), Next Hop, Reserved (1), NLRI. The length says where the NLRI begins, whatever
    /// the next hop is: RFC 8671 5.2 allows an empty one in Adj-RIB-Out pre-policy.
    /// </summary>
    private void TakeMpReach(ReadOnlySpan<byte> value, RouteAttributes read)
    {
        if (value.Length < 5 || value.Length < 5 + value[3])
            return;
        int nextHop = value[3];
        var hop = WireAttributes.MpNextHop(value.Slice(4, nextHop));
        Announce(value[(5 + nextHop)..], BinaryPrimitives.ReadUInt16BigEndian(value), value[2], read, hop);
    }

    private void Withdraw(ReadOnlySpan<byte> field, int afi, int safi)
    {
        if (WireNlri.IsRead(afi, safi) && !field.IsEmpty)
            Routes.Add(new WireRoutes(afi, safi, WireNlri.Read(field, afi, safi, _form(afi, safi), isWithdrawal: true), null));
    }

    private void Announce(ReadOnlySpan<byte> field, int afi, int safi, RouteAttributes read, (string? Global, string? LinkLocal) nextHop)
    {
        if (!WireNlri.IsRead(afi, safi) || field.IsEmpty)
            return;
        var attributes = new RouteAttributes(read);
        // The schema has no other sign of an absent next hop than "::".
        if (nextHop.Global is { } global && global != "::")
            attributes[RouteAttributes.NextHop] = global;
        if (nextHop.LinkLocal is { } linkLocal)
            attributes[RouteAttributes.LinkLocal] = linkLocal;
        Routes.Add(new WireRoutes(afi, safi, WireNlri.Read(field, afi, safi, _form(afi, safi), isWithdrawal: false), attributes));
    }

    // RFC 4724 2: an UPDATE without anything, for IPv4 unicast; nothing but an MP_UNREACH_NLRI without prefixes, for any other family.
    private static (int, int)? EndOfRibOf(byte[] withdrawn, byte[] attributeField, List<WireAttribute> attributes, byte[] nlri)
    {
        if (withdrawn.Length + nlri.Length > 0)
            return null;
        if (attributeField.Length == 0)
            return (1, 1);
        return attributes is [{ Type: MpUnreach, Value: { Length: 3 } value }]
            ? (BinaryPrimitives.ReadUInt16BigEndian(value), value[2])
            : null;
    }
}
