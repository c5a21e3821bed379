using System.Net;
using Shared.Hosting.Flags;

namespace Pesto.Listen;

/// <summary>The options of the listener.</summary>
internal sealed record ListenOptions
{
    /// <summary>The address to which exporters send; [::] takes IPv4 and IPv6.</summary>
    public required HostPort Address { get; init; }

    /// <summary>Sockets on that port, each with a thread. One socket fills one core; each exporter stays on one socket.</summary>
    public int Sockets { get; init; } = 1;

    /// <summary>Bytes that the listener asks the kernel to buffer for each socket; 0: the kernel's own default.</summary>
    public int ReceiveBufferBytes { get; init; } = 16 << 20;

    /// <summary>Exporters that may send; empty: everyone.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Exporters that each socket counts one by one.</summary>
    public int MaxExporters { get; init; } = 256;
}
