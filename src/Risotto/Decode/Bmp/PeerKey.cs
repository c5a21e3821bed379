using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>Identifies a peer of one router: Peer Type, Distinguisher and Address (RFC 7854 4.2). The BGP ID is not part of it.</summary>
internal readonly record struct PeerKey(PeerType Type, ulong Distinguisher, Ipv6Address Address);

/// <summary>Identifies one of the RIB views of a peer.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ViewKey(PeerKey Peer, RibView View);
