using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using SaimirisGateway.Probes.Encode;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// Makes the Kafka messages of a measurement's probes. The key is the measurement's id, so all messages go to one partition. Each agent has
/// a header with the address to send from. In the last message the header says that it is the last.
/// </summary>
/// <remarks>
/// The name of the file contains the number of probes in a message, so a restart with another limit makes the same messages.
/// </remarks>
internal sealed class ProbeBatches : IDisposable
{
    // A GUID with hyphens, and the bytes that Kafka and its client add to a message and to a header.
    private const int KeyBytes = 36, FramingBytes = 512, HeaderFramingBytes = 16;

    private readonly OutboxEntry _entry;
    private readonly int _probesPerBatch;
    private readonly FileStream _file;
    private byte[] _value = [];

    /// <exception cref="IOException">The file does not exist, or its length is not the entry's.</exception>
    public ProbeBatches(OutboxFolder folder, OutboxEntry entry)
    {
        _entry = entry;
        _probesPerBatch = PerBatch(entry.ProbesFile);
        _file = new FileStream(folder.PathOf(entry.ProbesFile), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (_file.Length == entry.ProbeCount * ProbeEncoder.MessageBytes)
            return;
        _file.Dispose();
        throw new IOException($"{entry.ProbesFile} has {_file.Length} bytes, not those of {entry.ProbeCount} probes");
    }

    public int Count => (int)((_entry.ProbeCount + _probesPerBatch - 1) / _probesPerBatch);

    /// <summary>
    /// Returns how many probes fit into a message of at most <paramref name="maxMessageBytes"/> with its key and headers; at least 1.
    /// </summary>
    public static int PerBatch(IReadOnlyList<AssignedAgent> agents, int maxMessageBytes)
    {
        int headers = agents.Sum(agent =>
            Encoding.UTF8.GetByteCount(agent.AgentId) + HeaderValue(agent, Guid.Empty, isLast: false).Length + HeaderFramingBytes);
        return Math.Max(1, (maxMessageBytes - KeyBytes - FramingBytes - headers) / ProbeEncoder.MessageBytes);
    }

    /// <summary>Reads one message. It is valid until the next call.</summary>
    public Message<string, byte[]> Read(int batch)
    {
        long first = (long)batch * _probesPerBatch;
        int length = (int)Math.Min(_probesPerBatch, _entry.ProbeCount - first) * ProbeEncoder.MessageBytes;
        if (_value.Length != length)
            _value = new byte[length];
        _file.Position = first * ProbeEncoder.MessageBytes;
        _file.ReadExactly(_value);
        var headers = new Headers();
        foreach (var agent in _entry.Agents)
            headers.Add(agent.AgentId, HeaderValue(agent, _entry.MeasurementId, isLast: batch == Count - 1));
        return new Message<string, byte[]> { Key = _entry.MeasurementId.ToString(), Value = _value, Headers = headers };
    }

    public void Dispose() => _file.Dispose();

    // The contract has the members in alphabetical order.
    private static byte[] HeaderValue(AssignedAgent agent, Guid measurementId, bool isLast)
    {
        var text = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteBoolean("end_of_measurement", isLast);
            json.WriteString("measurement_id", measurementId);
            json.WriteString("src_ip", agent.SourceAddress.ToString());
            json.WriteEndObject();
        }
        return text.WrittenSpan.ToArray();
    }

    private static int PerBatch(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        var number = name.AsSpan(name.LastIndexOf('-') + 1);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw new IOException($"{file} is not the name of an outbox file");
    }
}
