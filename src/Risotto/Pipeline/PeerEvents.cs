using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Pipeline;

/// <summary>
/// Writes the records that are no routes: peer events, statistics and malformed messages, each to its topic if that is on. A call that
/// returns false found no free batch (<see cref="TakeBlocked"/>) and is to be repeated.
/// </summary>
internal sealed class PeerEvents(RouterState router, ushort routerPort, CollectorIdentity collector, PipelineOutputs outputs)
{
    private readonly RecordOrigin _origin = new(router.Address, routerPort, collector);
    private readonly ShardWriter? _peers = outputs.Peers?.ShardOf(router.ShardHash);
    private readonly ShardWriter? _stats = outputs.Stats?.ShardOf(router.ShardHash);
    private readonly ShardWriter? _malformed = outputs.Malformed?.ShardOf(router.ShardHash);
    private ShardWriter? _blocked;
    private int _statisticsDone;

    /// <summary>The shard for which the last call found no free batch; null if it was another's call that found none. Asked once.</summary>
    public ShardWriter? TakeBlocked()
    {
        var blocked = _blocked;
        _blocked = null;
        return blocked;
    }

    public bool TrySession(PeerEventKind kind, ulong receivedNs)
    {
        if (_peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, 0, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.Session(space, _origin, kind, Order(receivedNs)));
            return true;
        }
    }

    /// <summary>Initiation and Termination.</summary>
    public bool TryInformation(MessageType type, ReadOnlySpan<byte> body, ulong receivedNs, out BmpError error)
    {
        bool isSound = InformationTlv.TryCheck(new WireReader(body, CommonHeader.Length), out error);
        if (!isSound || _peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, body.Length, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.Information(space, _origin, type, body, Order(receivedNs)));
            return true;
        }
    }

    public bool TryPeerUp(in PeerUpNotification up, in PerPeerHeader header, ulong receivedNs)
    {
        if (_peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, up.Length, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.PeerUp(space, _origin, header, up, Order(receivedNs)));
            return true;
        }
    }

    public bool TryPeerDown(in PeerDownNotification down, in PerPeerHeader header, ulong receivedNs)
    {
        if (_peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, down.Data.Length, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.PeerDown(space, _origin, header, down, Order(receivedNs)));
            return true;
        }
    }

    /// <summary>Writes one record for each statistic. A repeated call goes on with the first one that found no batch.</summary>
    public bool TryStatistics(ReadOnlySpan<byte> body, in PerPeerHeader header, ulong receivedNs, out BmpError error)
    {
        if (!StatisticsReport.TryRead(body, PerPeerHeader.End, out var report, out error) || _stats is null)
            return true;
        lock (_stats.Gate)
        {
            for (int index = 0; report.MoveNext(); index++)
            {
                if (index < _statisticsDone)
                    continue;
                if (!TryReserve(_stats, report.Raw.Length, out var space))
                    return false;
                Commit(_stats, StatisticEncoder.Encode(space, _origin, header, report, Order(receivedNs)));
                _statisticsDone++;
            }
            _statisticsDone = 0;
            return true;
        }
    }

    /// <summary>The dead letter: the bytes of the message and its error.</summary>
    public bool TryMalformed(BmpError error, ReadOnlySpan<byte> message, ulong receivedNs)
    {
        if (_malformed is null)
            return true;
        lock (_malformed.Gate)
        {
            if (!TryReserve(_malformed, message.Length, out var space))
                return false;
            Commit(_malformed, MalformedEncoder.Encode(space, _origin, error, message, Order(receivedNs)));
            return true;
        }
    }

    private RecordOrder Order(ulong receivedNs) => new(receivedNs, router.Sequence);

    // Each of these records comes from the input, and none is suppressed.
    private static void Commit(ShardWriter shard, int bytes)
    {
        shard.Account.Decoded++;
        shard.Commit(bytes, 1);
    }

    // The largest growth is that of a capability of 2 bytes, which takes 24 in the record.
    private bool TryReserve(ShardWriter shard, int inputBytes, out Span<byte> space)
    {
        const int fixedPart = 1024, maxGrowth = 12;
        int atLeast = (int)Math.Min(fixedPart + (long)maxGrowth * inputBytes, PipelineOutputs.MaxRecordBytes);
        if (shard.TryReserve(atLeast, out space))
            return true;
        _blocked = shard;
        return false;
    }
}
