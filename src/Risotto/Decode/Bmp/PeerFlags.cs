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

    /// <summary>AS_PATH has 2-byte AS numbers.</summary>
    A = 0x20,

    /// <summary>Adj-RIB-Out.</summary>
    O = 0x10,
}
