using System.Text.Json;
using Confluent.Kafka;

namespace SaimirisGateway.Tests.Probes.Outbox;

/// <summary>Checks the messages of a measurement in the topic, as an agent needs them.</summary>
internal static class TopicCheck
{
    /// <summary>Returns the message of the bench's probe with that number, laid out as in the contract's section 9.</summary>
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
    /// Asserts that each probe of the measurement is there, in order. A batch may be there twice in a row (an acknowledgement was lost, or
    /// the gateway was killed). Only the last batch marks the end.
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
