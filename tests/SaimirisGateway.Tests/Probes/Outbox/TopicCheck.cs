using System.Text.Json;
using Confluent.Kafka;

namespace SaimirisGateway.Tests.Probes.Outbox;

/// <summary>What an agent needs of a measurement in the topic.</summary>
internal static class TopicCheck
{
    /// <summary>The message of the bench's probe with that number, as contract 9 lays it out.</summary>
    public static byte[] Message(int number)
    {
        byte[] message = Convert.FromHexString(
            "00000000050000000000000001000100c05d9a8205000300010000008200000020010db8000000000000000000000000");
        message[20] = (byte)(1 + (number % 32));
        message[46] = (byte)(number >> 8);
        message[47] = (byte)number;
        return message;
    }

    /// <summary>
    /// The measurement's probes are there, each, in their order; a batch may come twice (an acknowledgement was lost, or the gateway was
    /// killed), but then at once; and the last batch, and no other, tells the end.
    /// </summary>
    public static void AssertWhole(IEnumerable<Message<string, byte[]>> topic, Guid id, int probes)
    {
        var batches = topic.Where(message => message.Key == id.ToString()).ToList();
        var distinct = new List<Message<string, byte[]>>();
        foreach (var batch in batches)
        {
            if (distinct.Count == 0 || !batch.Value.AsSpan().SequenceEqual(distinct[^1].Value))
                distinct.Add(batch);
        }
        byte[] all = [.. distinct.SelectMany(batch => batch.Value)];
        Assert.Equal(Convert.ToHexString([.. Enumerable.Range(0, probes).SelectMany(Message)]), Convert.ToHexString(all));
        Assert.Equal([.. Enumerable.Repeat(false, distinct.Count - 1), true], distinct.Select(EndsMeasurement));
    }

    private static bool EndsMeasurement(Message<string, byte[]> message) =>
        message.Headers.Select(header =>
            JsonDocument.Parse(header.GetValueBytes()).RootElement.GetProperty("end_of_measurement").GetBoolean()).Distinct().Single();
}
