using Risotto.Pipeline;
using Shared.Records;

namespace Risotto.Encode;

/// <summary>Where the records of one session come from: stands in each of them.</summary>
internal sealed class RecordOrigin(RouterState router, ushort routerPort, CollectorIdentity collector)
{
    private readonly byte[] _address = Octets(router);

    public ReadOnlySpan<byte> RouterAddr => _address;

    public ushort RouterPort { get; } = routerPort;

    public string CollectorId { get; } = collector.Id;

    public ulong CollectorEpochNs { get; } = collector.EpochNs;

    /// <summary>The router's last Update record so far: puts events and routes into one order.</summary>
    public ulong Sequence => router.Sequence;

    private static byte[] Octets(RouterState router)
    {
        byte[] octets = new byte[16];
        router.Address.CopyTo(octets);
        return octets;
    }
}
