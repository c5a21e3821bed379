using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

public class KafkaConnectionTests
{
    private const string Up = """{"brokers":{"a:9092/1":{"state":"UP","txretries":2},"GroupCoordinator":{"state":"INIT","txretries":0}}}""";
    private const string Connecting = """{"brokers":{"a:9092/bootstrap":{"state":"TRY_CONNECT","txretries":0}}}""";
    private static readonly Error AllDown = new(ErrorCode.Local_AllBrokersDown, "1/1 brokers are down");
    private static readonly Error Refused = new(ErrorCode.Local_Transport, "a:9092: Connect failed: Connection refused");
    private static readonly Error WrongPassword = new(ErrorCode.Local_Authentication, "a:9092: SASL authentication error");

    private readonly RecordingLog _log = new();
    private readonly KafkaConnection _connection;

    public KafkaConnectionTests() =>
        _connection = new KafkaConnection("a:9092", new KafkaMetrics("test", Prometheus.Metrics.NewCustomRegistry()), _log);

    [Fact]
    public void Nothing_is_ready_before_the_first_contact()
    {
        Assert.Equal("Kafka: no broker of a:9092 answers (no contact yet)", _connection.NotReady);
        _connection.OnStatistics(Connecting);
        Assert.False(_connection.IsConnected);
        _connection.OnStatistics(Up);
        Assert.Null(_connection.NotReady);
    }

    [Fact]
    public void A_thousand_failed_attempts_are_one_line_with_the_reason()
    {
        for (int i = 0; i < 1000; i++)
        {
            _connection.OnError(Refused);
            _connection.OnError(AllDown);
        }
        Assert.Equal(
            ["no broker of a:9092 answers (a:9092: Connect failed: Connection refused); trying again"], _log.Lines.Select(l => l.Text));
    }

    [Fact]
    public void Another_kind_of_reason_is_one_more_line_however_often_they_alternate()
    {
        for (int i = 0; i < 100; i++)
        {
            _connection.OnError(Refused);
            _connection.OnError(AllDown);
            _connection.OnError(WrongPassword);
            _connection.OnError(AllDown);
        }
        Assert.Equal(2, _log.Lines.Count());
        Assert.Contains("SASL", _connection.NotReady!, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trouble_of_one_broker_among_several_changes_nothing()
    {
        _connection.OnStatistics(Up);
        _connection.OnError(Refused);
        Assert.True(_connection.IsConnected);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void Statistics_that_are_older_than_the_error_do_not_hide_it()
    {
        _connection.OnStatistics(Up);
        _connection.OnError(AllDown);
        _connection.OnStatistics(Up);
        Assert.False(_connection.IsConnected);
        _connection.OnStatistics(Connecting);
        _connection.OnStatistics(Up);
        Assert.False(_connection.IsConnected);
        _connection.OnStatistics(Up);
        Assert.True(_connection.IsConnected);
    }

    [Fact]
    public void Each_change_of_state_is_one_line()
    {
        for (int i = 0; i < 3; i++)
        {
            _connection.OnStatistics(Up);
            _connection.OnAnswer();
            _connection.OnError(Refused);
            _connection.OnError(AllDown);
            _connection.OnError(AllDown);
        }
        Assert.Equal([200, 201, 200, 201, 200, 201], _log.Lines.Select(line => line.Id));
    }
}
