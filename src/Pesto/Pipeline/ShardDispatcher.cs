using Pesto.Frame;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>
/// Hands the datagrams of one thread to the pipelines of their exporters' shards. It holds the gate of a shard while consecutive datagrams
/// belong to that shard, because entering the gate costs up to a tenth of processing a datagram. The thread calls <see cref="Release"/>
/// before it waits for anything.
/// </summary>
internal sealed class ShardDispatcher(TopicWriter flows, PestoPipeline[] shards) : IDatagramHandler
{
    private ShardWriter? _held;
    private PestoPipeline? _pipeline;

    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        var writer = flows.ShardOf(source.ShardHash);
        if (writer != _held)
            Hold(writer);
        return _pipeline!.Process(datagram, source, timeReceivedNs);
    }

    /// <summary>Leaves the gate, so that other threads can close the shard's batch and read its accounts.</summary>
    public void Release()
    {
        _held?.Gate.Exit();
        _held = null;
    }

    private void Hold(ShardWriter writer)
    {
        Release();
        writer.Gate.Enter();
        (_held, _pipeline) = (writer, shards[writer.Shard]);
    }
}
