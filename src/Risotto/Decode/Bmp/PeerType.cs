namespace Risotto.Decode.Bmp;

/// <summary>RFC 7854 4.2 and RFC 9069 4.1.</summary>
internal enum PeerType : byte
{
    Global = 0,
    RouteDistinguisher = 1,
    LocalInstance = 2,
    LocRib = 3,
}
