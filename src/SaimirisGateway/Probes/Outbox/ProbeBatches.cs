using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// A measurement's probes as Kafka messages: the measurement's id is the key, so all go to one partition; a header for each agent tells it the
/// address to send from, and, in the last message, that it is the last.
/// </summary>
/// <remarks>How many probes a message has is settled when the file is written, and stands in its name: after a restart with another limit the batches are the same.</remarks>
internal sealed class ProbeBatches : IDisposable
{
    // A GUID with hyphens; then what Kafka and its client add to a message, and to a header.
    private const int KeyBytes = 36, FramingBytes = 512, HeaderFramingBytes = 16;

    private readonly OutboxEntry _entry;
    private readonly int _probesPerBatch;
    private readonly FileStream _file;
    private byte[] _value = [];

    /// <exception cref="IOException">There is no such file, or it has another length than the entry says.</exception>
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

    /// <summary>How many probes go into a message of at most so many bytes, beside key and headers; at least one.</summary>
    public static int PerBatch(IReadOnlyList<AssignedAgent> agents, int maxMessageBytes)
    {
        int headers = agents.Sum(agent => Encoding.UTF8.GetByteCount(agent.AgentId) + HeaderValue(agent, Guid.Empty, isLast: false).Length + HeaderFramingBytes);
        return Math.Max(1, (maxMessageBytes - KeyBytes - FramingBytes - headers) / ProbeEncoder.MessageBytes);
    }

    /// <summary>The message is valid until the next call.</summary>
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

    // Members in alphabetical order, as ever.
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
        return int.TryParse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw new IOException($"{file} is no name of a file of the outbox");
    }
}
