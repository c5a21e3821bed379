using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Whether a broker answers, told from the client's error reports and statistics. Logs a change of that once, and each kind of
/// reason once while it lasts; never each attempt. Called from the client's thread and from the sink's.
/// </summary>
internal sealed class KafkaConnection(string brokers, KafkaMetrics metrics, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ErrorCode> _logged = [];
    private long _retries;
    private bool _connected;
    private bool _down;

    // In the last statistics since the brokers went.
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

    /// <summary>Brokers are there and refuse the user or the certificates, or are themselves not to be trusted: somebody has to mend it.</summary>
    public bool IsRefused
    {
        get
        {
            lock (_gate)
                return !_connected && _lastCode is ErrorCode.Local_Authentication or ErrorCode.Local_Ssl or ErrorCode.SaslAuthenticationFailed;
        }
    }

    /// <summary>Null while a broker answers.</summary>
    public string? NotReady
    {
        get
        {
            lock (_gate)
                return _connected ? null : $"Kafka: no broker of {brokers} answers ({_reason})";
        }
    }

    /// <summary>The client's report of one broker's trouble, or of all of them being down.</summary>
    public void OnError(Error error)
    {
        lock (_gate)
        {
            bool allDown = error.Code == ErrorCode.Local_AllBrokersDown;
            if (!allDown || _lastCode == ErrorCode.NoError)
                (_lastCode, _reason) = (error.Code, error.Reason);
            // While others answer, the trouble of one broker is the client's to solve.
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
        // A client in place of an earlier one counts from 0 again.
        metrics.Retried(retries >= _retries ? retries - _retries : retries);
        _retries = retries;
        // What was written before the brokers went may be read after it: then one more has to say so.
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
