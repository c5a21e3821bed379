using Pesto.Frame;
using Pesto.Listen;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>
/// One thread's way into the pipeline. It keeps the gate of a shard for as long as datagrams fall on it, as entering it for each costs
/// as much as a tenth of taking it; the thread calls <see cref="Release"/> before it waits for anything.
/// </summary>
internal sealed class PipelineFeed(TopicWriter shards, FlowShard[] flows) : IDatagramHandler
{
    private ShardWriter? _held;
    private FlowShard? _shard;

    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        var writer = shards.ShardOf(source.ShardHash);
        if (writer != _held)
            Hold(writer);
        return _shard!.Take(datagram, source, timeReceivedNs);
    }

    /// <summary>Lets others at the shard: its batch is closed when it is due, its accounts are read.</summary>
    public void Release()
    {
        _held?.Gate.Exit();
        _held = null;
    }

    private void Hold(ShardWriter writer)
    {
        Release();
        writer.Gate.Enter();
        (_held, _shard) = (writer, flows[writer.Shard]);
    }
}
