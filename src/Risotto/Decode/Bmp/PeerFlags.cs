namespace Risotto.Decode.Bmp;

/// <summary>Peer Flags: V, L, A of RFC 7854 4.2, and O of RFC 8671 4.</summary>
[Flags]
internal enum PeerFlags : byte
{
    None = 0,

    /// <summary>The Peer Address is IPv6. For a Loc-RIB peer the same bit is F: its routes are filtered (RFC 9069 4.2).</summary>
    V = 0x80,

    /// <summary>Post-policy.</summary>
    L = 0x40,

    /// <summary>AS_PATH has 2-octet AS numbers.</summary>
    A = 0x20,

    /// <summary>Adj-RIB-Out.</summary>
    O = 0x10,
}

/// <summary>Which of a router's tables a route stands in; the numbers are those of <c>ribView</c> in update.capnp.</summary>
internal enum RibView : byte
{
    AdjRibInPrePolicy = 0,
    AdjRibInPostPolicy = 1,
    AdjRibOutPrePolicy = 2,
    AdjRibOutPostPolicy = 3,
    LocRib = 4,
}

internal static class RibViews
{
    public static RibView Of(PeerType type, PeerFlags flags) => type == PeerType.LocRib
        ? RibView.LocRib
        : (RibView)(((flags & PeerFlags.L) != 0 ? 1 : 0) + ((flags & PeerFlags.O) != 0 ? 2 : 0));
}
