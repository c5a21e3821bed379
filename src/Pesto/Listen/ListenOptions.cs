using System.Net;
using Shared.Hosting.Flags;

namespace Pesto.Listen;

/// <summary>The options of the sockets: the address, and the exporters that the collector takes datagrams from.</summary>
internal sealed record ListenOptions
{
    /// <summary>The address that exporters send to; [::] takes IPv4 and IPv6. 6343 is IANA's port for sFlow.</summary>
    public HostPort Address { get; init; } = new("0.0.0.0", 6343);

    /// <summary>The exporters that may send; empty: everyone.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Sockets on that port, each with a thread. One takes what a core takes in; an exporter keeps to one socket.</summary>
    public int Sockets { get; init; } = 1;

    /// <summary>
    /// The receive buffer to ask the kernel for, for each socket: 16 MiB hold about 7,000 datagrams of 1,400 bytes. 0: the kernel's own
    /// default.
    /// </summary>
    public int ReceiveBufferBytes { get; init; } = 16 << 20;

    /// <summary>Exporters that each socket counts on their own. The others share one count: UDP's source addresses prove nothing.</summary>
    public int MaxExporters { get; init; } = 256;
}
