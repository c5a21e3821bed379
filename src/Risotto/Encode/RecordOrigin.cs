using Shared.Records;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>The router, the session's port and the collector: every record of a session has them.</summary>
internal sealed class RecordOrigin(Ipv6Address router, ushort routerPort, CollectorIdentity collector)
{
    private readonly byte[] _address = Bytes(router);

    public ReadOnlySpan<byte> RouterAddr => _address;

    public ushort RouterPort { get; } = routerPort;

    public string CollectorId { get; } = collector.Id;

    public ulong CollectorEpochNs { get; } = collector.EpochNs;

    private static byte[] Bytes(Ipv6Address router)
    {
        byte[] bytes = new byte[16];
        router.CopyTo(bytes);
        return bytes;
    }
}

/// <summary>The time and the order of a record that is no Update.</summary>
/// <param name="ReceivedNs">When its message was read, nanoseconds since 1970 UTC.</param>
/// <param name="Sequence">The number of the router's last Update record so far: it puts events and routes into one order.</param>
internal readonly record struct RecordOrder(ulong ReceivedNs, ulong Sequence);
