using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>
/// One producer instance of librdkafka. It copies no payload, and its events are taken by a thread of this class, so nothing
/// native calls into managed code. Produce and Dispose are one caller's alone.
/// </summary>
internal sealed unsafe class NativeProducer : IDisposable
{
    private const int ErrorTextSize = 512;

    private readonly IProducerEvents _events;
    private readonly int _flags;
    private readonly nint _client;
    private readonly nint _queue;
    private readonly Dictionary<string, nint> _topics = [];
    private readonly Thread _thread;
    private volatile bool _ending;

    /// <summary>Begins to connect; returns without waiting for a broker.</summary>
    /// <param name="settings">Names and values of CONFIGURATION.md.</param>
    /// <param name="copyPayloads">Each payload is copied once, as Confluent.Kafka does.</param>
    /// <param name="events">Hears everything until <see cref="Dispose"/> returns.</param>
    /// <exception cref="InvalidOperationException">librdkafka refuses a setting; the message is one line that names it.</exception>
    public NativeProducer(IEnumerable<KeyValuePair<string, string>> settings, bool copyPayloads, IProducerEvents events)
    {
        _events = events;
        _flags = copyPayloads ? ClientImports.CopyPayload : 0;
        _client = Create(settings);
        _queue = ClientImports.QueueGetMain(_client);
        _ = ClientImports.SetLogQueue(_client, _queue);
        _thread = new Thread(TakeEvents) { Name = "kafka-events", IsBackground = true };
        _thread.Start();
    }

    /// <summary>rd_kafka_t, for tests that provoke its errors.</summary>
    internal nint Handle => _client;

    /// <summary>Hands a message over and returns at once. Null: taken, and a report with the ticket follows.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="key">Decides the partition; copied.</param>
    /// <param name="payload">A pinned array, not to be touched before the report.</param>
    /// <param name="length">Octets of it that are the payload.</param>
    /// <param name="ticket">Comes back with the report.</param>
    public Error? Produce(string topic, ReadOnlySpan<byte> key, byte[] payload, int length, nint ticket)
    {
        if (!_topics.TryGetValue(topic, out nint handle))
        {
            handle = ClientImports.TopicNew(_client, topic, conf: 0);
            if (handle == 0)
                return new Error((ErrorCode)ClientImports.LastError());
            _topics.Add(topic, handle);
        }
        byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(payload, 0);
        fixed (byte* keyStart = key)
        {
            int taken = ClientImports.Produce(handle, ClientImports.PartitionOfKey, _flags, start, (nuint)length, keyStart, (nuint)key.Length, ticket);
            return taken == 0 ? null : new Error((ErrorCode)ClientImports.LastError());
        }
    }

    /// <summary>Tells of every report that is there, then ends. What is not reported by then stays unreported, and its payload is free.</summary>
    public void Dispose()
    {
        if (_ending)
            return;
        _ending = true;
        ClientImports.QueueYield(_queue);
        _thread.Join();
        foreach (nint topic in _topics.Values)
            ClientImports.TopicDestroy(topic);
        ClientImports.QueueDestroy(_queue);
        // Waits for librdkafka's threads: none of them reads a payload any more.
        ClientImports.Destroy(_client);
    }

    private static nint Create(IEnumerable<KeyValuePair<string, string>> settings)
    {
        byte* error = stackalloc byte[ErrorTextSize];
        nint conf = ClientImports.ConfNew();
        foreach (var (name, value) in settings.Append(new("log.queue", "true")))
        {
            if (ClientImports.ConfSet(conf, name, value, error, ErrorTextSize) != 0)
                throw Refused(conf, error);
        }
        ClientImports.ConfSetEvents(conf, ClientImports.Report | ClientImports.Error | ClientImports.Statistics | ClientImports.Log);
        nint client = ClientImports.New(ClientImports.Producer, conf, error, ErrorTextSize);
        return client != 0 ? client : throw Refused(conf, error);
    }

    private static InvalidOperationException Refused(nint conf, byte* error)
    {
        ClientImports.ConfDestroy(conf);
        return new InvalidOperationException($"the Kafka client refuses its settings: {Text((nint)error)}");
    }

    private void TakeEvents()
    {
        while (true)
        {
            nint e = ClientImports.QueuePoll(_queue, _ending ? 0 : -1);
            if (e != 0)
            {
                Take(e);
                ClientImports.EventDestroy(e);
            }
            else if (_ending)
            {
                return;
            }
        }
    }

    private void Take(nint e)
    {
        switch (ClientImports.EventType(e))
        {
            case ClientImports.Report:
                for (var report = ClientImports.EventMessageNext(e); report != null; report = ClientImports.EventMessageNext(e))
                    _events.OnReport(report->Opaque, new Error((ErrorCode)report->Error), report->Offset);
                break;
            case ClientImports.Error:
                _events.OnError(new Error((ErrorCode)ClientImports.EventError(e), Text(ClientImports.EventErrorString(e)), ClientImports.EventErrorIsFatal(e) != 0));
                break;
            case ClientImports.Statistics:
                _events.OnStatistics(Text(ClientImports.EventStatistics(e)));
                break;
            case ClientImports.Log when ClientImports.EventLog(e, out nint facility, out nint text, out _) == 0:
                _events.OnLog(Text(facility), Text(text));
                break;
            default:
                break;
        }
    }

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";
}
