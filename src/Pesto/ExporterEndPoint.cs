using Shared.Wire;

namespace Pesto;

/// <summary>Where a datagram comes from.</summary>
/// <param name="Address">IPv4 mapped.</param>
/// <param name="Port">UDP port.</param>
internal readonly record struct ExporterEndPoint(Ipv6Address Address, ushort Port);
