using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Derives from the client's errors and statistics whether a broker answers. It logs each change once, and each kind of reason once
/// while the brokers are away, but no single attempt. The client's thread and the sink's task call it.
/// </summary>
internal sealed class KafkaConnection(string brokers, KafkaMetrics metrics, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ErrorCode> _logged = [];
    private long _retries;
    private bool _connected;
    private bool _down;

    // The last statistics since the brokers went away named a broker that is up.
    private bool _wasUp;
    private string _reason = "no contact yet";
    private ErrorCode _lastCode = ErrorCode.NoError;

    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _connected;
        }
    }

    /// <summary>The brokers refuse the user or a certificate, or their own certificate is not trusted: an operator must mend it.</summary>
    public bool IsRefused
    {
        get
        {
            lock (_gate)
                return !_connected && _lastCode is ErrorCode.Local_Authentication or ErrorCode.Local_Ssl
                    or ErrorCode.SaslAuthenticationFailed;
        }
    }

    /// <summary>The reason why no broker answers; null while one does.</summary>
    public string? NotReady
    {
        get
        {
            lock (_gate)
                return _connected ? null : $"Kafka: no broker of {brokers} answers ({_reason})";
        }
    }

    /// <summary>The client reports the trouble of one broker, or that all of them are down.</summary>
    public void OnError(Error error)
    {
        lock (_gate)
        {
            bool allDown = error.Code == ErrorCode.Local_AllBrokersDown;
            if (!allDown || _lastCode == ErrorCode.NoError)
                (_lastCode, _reason) = (error.Code, error.Reason);
            // While other brokers answer, the client deals with the trouble of one.
            if (!allDown && !_down)
                return;
            _down = true;
            _wasUp = false;
            _connected = false;
            metrics.SetConnected(false);
            if (_logged.Add(_lastCode))
                KafkaLog.Disconnected(logger, brokers, _reason);
        }
    }

    /// <summary>librdkafka's periodic statistics (STATISTICS.md): a broker in state UP answers.</summary>
    public void OnStatistics(string json)
    {
        using var statistics = JsonDocument.Parse(json);
        long retries = 0;
        bool isUp = false;
        foreach (var broker in statistics.RootElement.GetProperty("brokers").EnumerateObject())
        {
            isUp |= broker.Value.GetProperty("state").GetString() is "UP" or "UPDATE";
            retries += broker.Value.GetProperty("txretries").GetInt64();
        }
        // A new client counts from 0.
        metrics.Retried(retries >= _retries ? retries - _retries : retries);
        _retries = retries;
        // The client may have written these statistics before the brokers went away: then the next ones must confirm them.
        bool isSure;
        lock (_gate)
            (isSure, _wasUp) = (isUp && (_wasUp || !_down), isUp);
        if (isSure)
            OnAnswer();
    }

    /// <summary>A broker answered.</summary>
    public void OnAnswer()
    {
        lock (_gate)
        {
            if (_connected)
                return;
            _connected = true;
            _down = false;
            _lastCode = ErrorCode.NoError;
            _logged.Clear();
            metrics.SetConnected(true);
            KafkaLog.Connected(logger, brokers);
        }
    }
}
