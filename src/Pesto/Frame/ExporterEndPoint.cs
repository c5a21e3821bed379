using Shared.Records.Wire;

namespace Pesto.Frame;

/// <summary>Where a datagram comes from.</summary>
/// <param name="Address">IPv4 mapped.</param>
/// <param name="Port">UDP port.</param>
internal readonly record struct ExporterEndPoint(Ipv6Address Address, ushort Port)
{
    /// <summary>Which shard of a topic the exporter's records belong to; the same in every run.</summary>
    public ulong ShardHash => (Address.First ^ Address.Second) * 0x9E37_79B9_7F4A_7C15 >> 32;
}
