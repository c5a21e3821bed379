using Pesto.Decode;
using Pesto.Encode;
using Pesto.Frame;
using Shared.Records;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>Decodes the counter samples of one shard and writes a record for each that holds interface or Ethernet counters.</summary>
internal sealed class CounterStep(ShardWriter writer, CollectorIdentity collector)
{
    private readonly CounterEncoder _encoder = new(collector);
    private ulong _sequence = RecordSequence.First(writer.Shard);

    public void Process(
        ReadOnlySpan<byte> sample, SampleKind kind, in DatagramHeader header, in ExporterEndPoint source, long timeReceivedNs,
        PipelineCounters counters)
    {
        var counterSample = new CounterSample();
        var error = counterSample.Read(sample, kind == SampleKind.CounterExpanded);
        if (error != SFlowError.None)
            counters[error]++;
        if (!counterSample.HasCounters)
            return;
        // The thread holds the gate of the flows too. No other place takes both gates.
        lock (writer.Gate)
        {
            writer.Account.Decoded++;
            if (writer.TryReserve(CounterEncoder.MaxBytes, out var space))
                writer.Commit(_encoder.Write(space, header, source, timeReceivedNs, counterSample, ++_sequence), 1);
            else
                writer.Account.Drop(RecordState.Input, "queue_full", 1);
        }
    }
}
