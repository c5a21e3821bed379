using Risotto.Decode;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// The way of everything that is no route: peer events, statistics and malformed messages, each to its topic where that is on.
/// A call that returns false found no free batch (<see cref="Blocked"/>) and is to be repeated.
/// </summary>
internal sealed class EventStages
{
    private readonly RecordOrigin _origin;
    private readonly ShardWriter? _peers, _stats, _malformed;
    private int _statisticsDone;

    public EventStages(RouterState router, ushort routerPort, CollectorIdentity collector, PipelineOutputs outputs)
    {
        _origin = new RecordOrigin(router, routerPort, collector);
        _peers = outputs.Peers?.ShardOf(router.ShardHash);
        _stats = outputs.Stats?.ShardOf(router.ShardHash);
        _malformed = outputs.Malformed?.ShardOf(router.ShardHash);
    }

    /// <summary>The shard without a free batch.</summary>
    public ShardWriter? Blocked { get; set; }

    public bool TrySession(PeerEventKind kind, ulong receivedNs)
    {
        if (_peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, 0, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.Session(space, _origin, kind, receivedNs));
            return true;
        }
    }

    /// <summary>Initiation and Termination.</summary>
    public bool TryInformation(MessageType type, ReadOnlySpan<byte> body, ulong receivedNs, out BmpError error)
    {
        bool isSound = InformationTlv.TryCheck(new Shared.Records.Wire.WireReader(body, Frame.BmpFramer.HeaderLength), out error);
        if (!isSound || _peers is null)
            return true;
        lock (_peers.Gate)
        {
            if (!TryReserve(_peers, body.Length, out var space))
                return false;
            Commit(_peers, PeerEventEncoder.Information(space, _origin, type, body, receivedNs));
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
            Commit(_peers, PeerEventEncoder.PeerUp(space, _origin, header, up, receivedNs));
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
            Commit(_peers, PeerEventEncoder.PeerDown(space, _origin, header, down, receivedNs));
            return true;
        }
    }

    /// <summary>One record per statistic; goes on with the first that found no batch.</summary>
    public bool TryStatistics(ReadOnlySpan<byte> body, in PerPeerHeader header, ulong receivedNs, out BmpError error)
    {
        if (!StatisticsReport.TryRead(body, RouteStages.BgpOffset, out var report, out error) || _stats is null)
            return true;
        lock (_stats.Gate)
        {
            for (int index = 0; report.MoveNext(); index++)
            {
                if (index < _statisticsDone)
                    continue;
                if (!TryReserve(_stats, report.Raw.Length, out var space))
                    return false;
                Commit(_stats, StatisticEncoder.Encode(space, _origin, header, report, receivedNs));
                _statisticsDone++;
            }
            _statisticsDone = 0;
            return true;
        }
    }

    /// <summary>The dead letter: the message's octets and what was wrong.</summary>
    public bool TryMalformed(BmpError error, ReadOnlySpan<byte> message, ulong receivedNs)
    {
        if (_malformed is null)
            return true;
        lock (_malformed.Gate)
        {
            if (!TryReserve(_malformed, message.Length, out var space))
                return false;
            Commit(_malformed, MalformedEncoder.Encode(space, _origin, error, message, receivedNs));
            return true;
        }
    }

    // Each of these records comes from the input, and none is left out.
    private static void Commit(ShardWriter shard, int bytes)
    {
        shard.Account.Decoded++;
        shard.Commit(bytes, 1);
    }

    // A record of so many octets of input: a two-octet capability takes 24, everything else grows less.
    private bool TryReserve(ShardWriter shard, int inputBytes, out Span<byte> space)
    {
        const int fixedPart = 1024, growth = 12;
        int atLeast = (int)Math.Min(fixedPart + (long)growth * inputBytes, PipelineOutputs.MaxRecordBytes);
        if (shard.TryReserve(atLeast, out space))
            return true;
        Blocked = shard;
        return false;
    }
}
