using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Identifies a peer of one router: Peer Type, Distinguisher and Address (RFC 7854 4.2). A link-local address is unique on its link only
/// (RFC 4291 2.5.6), so the AS and the BGP ID tell such peers apart. In the Peer Down of a peer that is
/// not up FRR 8.4 writes the BGP ID 0: that is a peer of its own, without routes.
/// </summary>
/// <param name="Type">The Peer Type.</param>
/// <param name="Distinguisher">The Peer Distinguisher.</param>
/// <param name="Address">The Peer Address.</param>
/// <param name="AsAndId">Of a link-local peer, AS (32 bits) and BGP ID (32 bits); else 0.</param>
internal readonly record struct PeerKey(PeerType Type, ulong Distinguisher, Ipv6Address Address, ulong AsAndId);

/// <summary>Identifies one of the RIB views of a peer.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ViewKey(PeerKey Peer, RibView View);
