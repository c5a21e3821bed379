using Shared.Records.Wire;

namespace Pesto.Frame;

/// <summary>The sender of a datagram.</summary>
/// <param name="Address">IPv4 addresses are mapped.</param>
/// <param name="Port">UDP port.</param>
internal readonly record struct ExporterEndPoint(Ipv6Address Address, ushort Port)
{
    /// <summary>Selects the shard of a topic for the exporter's records; the same in every run.</summary>
    public ulong ShardHash => (Address.First ^ Address.Second) * 0x9E37_79B9_7F4A_7C15 >> 32;
}
