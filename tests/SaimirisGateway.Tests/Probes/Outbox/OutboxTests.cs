using System.Net;
using System.Text.Json;
using BrokerProcess;
using Confluent.Kafka;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using SaimirisGateway.Tests.Probes.Submit;
using Shared.Delivery.Kafka;

namespace SaimirisGateway.Tests.Probes.Outbox;

/// <summary>
/// Tests that a measurement is completely in the topic with one end, or absent with its quota free, whatever happens to broker and gateway.
/// A class for each engine runs all tests.
/// </summary>
public abstract class OutboxTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    // Small messages, so that a few probes are many batches; about 20 in each.
    private static readonly OutboxOptions SmallBatches = new() { MaxMessageBytes = 1_700 };

    private readonly EmbeddedBroker _broker = new();
    private SubmissionBench? _bench;

    public ValueTask InitializeAsync()
    {
        _broker.CreateTopic(SubmissionBench.Topic, 4);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_bench is not null)
            await _bench.DisposeAsync();
        _broker.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Creates an empty database; null means a SQLite file.</summary>
    protected abstract Task<string?> DatabaseAsync();

    [Fact]
    public async Task Without_a_broker_the_submission_fails_the_quota_is_free_and_nothing_is_sent_later()
    {
        var bench = await StartAsync();
        _broker.SetDown();
        var refused = await bench.PostAsync(SubmissionBench.Json(3), key: "k");
        ProbeRuleTests.AssertRefused(refused, 500, "Failed to send probe data to processing queue");
        Assert.Equal(0, await bench.UsedAsync());
        Assert.Empty(await bench.Store.ListOutboxAsync(SubmissionBench.Cancel));
        Assert.Empty(bench.OutboxFiles);
        Assert.Contains("saimiris_gateway_kafka_errors_total 1\n", await bench.MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains("saimiris_gateway_measurements_created_total 0\n", await bench.MetricsAsync(), StringComparison.Ordinal);

        _broker.SetUp();
        var accepted = await PostUntilAcceptedAsync(bench, SubmissionBench.Json(2), "k");
        Assert.Equal(accepted, Assert.Single(Topic()).Key);
        Assert.Equal(2, await bench.UsedAsync());
    }

    [Fact]
    public async Task A_broker_that_goes_away_in_the_middle_gets_the_rest_when_it_is_back()
    {
        var bench = await StartAsync(SmallBatches);
        _broker.SetRoundTrip(TimeSpan.FromMilliseconds(100));
        var posting = bench.PostAsync(SubmissionBench.Json(200));
        await NotedAsync(bench, entry => entry.BatchesSent >= 2);
        _broker.SetDown();
        var (status, text, _) = await posting;
        Assert.True(status == 202, text);
        var id = JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
        _broker.SetRoundTrip(TimeSpan.Zero);
        _broker.SetUp();
        await EmptyAsync(bench);
        AssertWhole(id, 200);
        Assert.Equal(200, await bench.UsedAsync());
    }

    [Fact]
    public async Task A_gateway_that_ended_in_the_middle_continues_after_the_last_acknowledged_batch()
    {
        var bench = await StartAsync(SmallBatches);
        _broker.SetRoundTrip(TimeSpan.FromMilliseconds(100));
        var posting = bench.PostAsync(SubmissionBench.Json(200));
        await NotedAsync(bench, entry => entry.BatchesSent >= 2);
        _broker.SetDown();
        await bench.Outbox.StopAsync(SubmissionBench.Cancel);
        var (status, text, _) = await posting;
        Assert.True(status == 202, text);
        await bench.EndAsync();
        int sent = Assert.Single(await bench.Store.ListOutboxAsync(SubmissionBench.Cancel)).BatchesSent;

        _broker.SetRoundTrip(TimeSpan.Zero);
        _broker.SetUp();
        // Another limit of a message does not change the batches of a measurement that was begun.
        await bench.BeginAsync(_broker.Bootstrap, new OutboxOptions(), new ProbeOptions());
        await EmptyAsync(bench);
        AssertWhole(JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid(), 200);
        // Batches acknowledged before are there once. Only the batch under way may be there twice.
        Assert.All(Topic().Select(message => Convert.ToHexString(message.Value)).CountBy(value => value).Take(sent), batch =>
            Assert.Equal(1, batch.Value));
    }

    [Fact]
    public async Task A_repeated_request_waits_for_a_measurement_that_is_reserved_but_not_yet_dispatched()
    {
        var bench = await StartAsync();
        var reserved = Measurement(TimeProvider.System.GetUtcNow().AddHours(1));
        WriteFile(bench, reserved, 2);
        await bench.Store.ReserveAsync(reserved, TimeProvider.System.GetUtcNow(), SubmissionBench.Cancel);
        var repeated = bench.Outbox.FollowAsync(reserved.Id, SubmissionBench.Cancel);

        var entry = Assert.Single(await bench.Store.ListOutboxAsync(SubmissionBench.Cancel));
        Assert.Equal(DispatchResult.Sent, await bench.Outbox.DispatchAsync(entry));
        Assert.Equal(DispatchResult.Sent, await repeated);
    }

    [Fact]
    public async Task A_repeated_request_waits_no_longer_than_the_first_for_what_another_gateway_sends()
    {
        var bench = await StartAsync(new OutboxOptions { AnswerTimeout = TimeSpan.Zero });
        var reserved = Measurement(TimeProvider.System.GetUtcNow().AddHours(1));
        await bench.Store.ReserveAsync(reserved, TimeProvider.System.GetUtcNow(), SubmissionBench.Cancel);
        Assert.Equal(DispatchResult.Waiting, await bench.Outbox.FollowAsync(reserved.Id, SubmissionBench.Cancel));
    }

    [Fact]
    public async Task Reservations_of_a_killed_gateway_are_produced_and_other_files_are_removed()
    {
        var bench = await StartAsync();
        await bench.EndAsync();
        // A kill leaves: a body read in part; a file before its reservation; a reservation before its first batch.
        File.WriteAllBytes(Path.Combine(bench.OutboxFolder, $"{Guid.NewGuid():N}.part"), new byte[100]);
        File.WriteAllBytes(Path.Combine(bench.OutboxFolder, $"{Guid.NewGuid():N}-20.probes"), new byte[480]);
        var reserved = Measurement(TimeProvider.System.GetUtcNow().AddHours(1));
        WriteFile(bench, reserved, 2);
        await bench.Store.ReserveAsync(reserved, TimeProvider.System.GetUtcNow(), SubmissionBench.Cancel);

        await bench.BeginAsync(_broker.Bootstrap, SmallBatches, new ProbeOptions());
        await EmptyAsync(bench);
        AssertWhole(reserved.Id, 2);
        Assert.Empty(bench.OutboxFiles);
        Assert.Equal(2, await bench.UsedAsync());
    }

    [Fact]
    public async Task A_measurement_whose_deadline_has_passed_is_cancelled_and_its_file_goes()
    {
        var bench = await StartAsync();
        await bench.EndAsync();
        var now = TimeProvider.System.GetUtcNow();
        var late = Measurement(now.AddSeconds(-1));
        var withoutFile = Measurement(now.AddSeconds(-1));
        WriteFile(bench, late, 2);
        await bench.Store.ReserveAsync(late, now, SubmissionBench.Cancel);
        await bench.Store.ReserveAsync(withoutFile, now, SubmissionBench.Cancel);
        await bench.BeginAsync(_broker.Bootstrap, SmallBatches, new ProbeOptions());
        await EmptyAsync(bench);
        foreach (var measurement in new[] { late, withoutFile })
        {
            var detail = await bench.Store.FindMeasurementAsync(SubmissionBench.User, measurement.Id, SubmissionBench.Cancel);
            Assert.True(detail!.Summary.IsCancelled);
        }
        Assert.Empty(bench.OutboxFiles);
        Assert.Empty(Topic());
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed)]
    [InlineData(ErrorCode.MsgSizeTooLarge)]
    public async Task A_measurement_that_the_broker_refuses_is_released(ErrorCode error)
    {
        var bench = await StartAsync();
        _broker.FailNext(BrokerFaults.Produce, error);
        ProbeRuleTests.AssertRefused(await bench.PostAsync(SubmissionBench.Json(3)), 500, "Failed to send probe data to processing queue");
        Assert.Equal(0, await bench.UsedAsync());
        Assert.Empty(bench.OutboxFiles);
        Assert.Empty(Topic());
    }

    [Fact]
    public async Task One_of_which_a_part_was_sent_before_is_cancelled()
    {
        var bench = await StartAsync(SmallBatches);
        _broker.FailNext(BrokerFaults.Produce, ErrorCode.NoError, ErrorCode.NoError, ErrorCode.TopicAuthorizationFailed);
        var (status, text, _) = await bench.PostAsync(SubmissionBench.Json(200));
        Assert.True(status == 202, text);
        await EmptyAsync(bench);
        var detail = await bench.Store.FindMeasurementAsync(
            SubmissionBench.User, JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid(), SubmissionBench.Cancel);
        Assert.True(detail!.Summary.IsCancelled);
        Assert.Empty(bench.OutboxFiles);
        Assert.Equal(2, Topic().Count);
    }

    // After the last errors, an idempotent client can send no more.
    [Theory]
    [InlineData(ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.LeaderNotAvailable)]
    [InlineData(ErrorCode.RequestTimedOut)]
    [InlineData(ErrorCode.UnknownProducerId)]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(ErrorCode.InvalidProducerEpoch)]
    public async Task An_error_that_passes_costs_nothing(ErrorCode error)
    {
        var bench = await StartAsync(SmallBatches);
        _broker.FailNext(BrokerFaults.Produce, ErrorCode.NoError, error, ErrorCode.NoError, error);
        var (status, text, _) = await bench.PostAsync(SubmissionBench.Json(200));
        Assert.True(status is 200 or 202, text);
        await EmptyAsync(bench);
        AssertWhole(JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid(), 200);
        // The client, or the one that replaced it, still works.
        Assert.Equal(200, (await bench.PostAsync(SubmissionBench.Json(1))).Status);
    }

    [Fact]
    public async Task A_key_belongs_to_its_first_request()
    {
        var bench = await StartAsync();
        var first = await bench.PostAsync(SubmissionBench.Json(2), key: "k");
        Assert.True(first.Status == 200, first.Text);
        Assert.Equal((200, first.Text), await TextOfAsync(bench.PostAsync(SubmissionBench.Json(2), key: "k")));
        Assert.Equal(422, (await bench.PostAsync(SubmissionBench.Json(3), key: "k")).Status);
        Assert.Single(Topic());
        Assert.Equal(2, await bench.UsedAsync());
    }

    [Fact]
    public async Task A_folder_is_one_processs()
    {
        var bench = await StartAsync();
        var second = new OutboxDispatcher(
            bench.OutboxOptions, new KafkaOptions { Brokers = [_broker.Bootstrap] }, bench.Store,
            new GatewayMetrics(Prometheus.Metrics.NewCustomRegistry()),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System);
        var refusal = await Assert.ThrowsAsync<Shared.Hosting.Service.StartupException>(() => second.StartAsync(SubmissionBench.Cancel));
        Assert.StartsWith("--outbox-dir: ", refusal.Message, StringComparison.Ordinal);
    }

    private async Task<SubmissionBench> StartAsync(OutboxOptions? outbox = null) =>
        _bench = await SubmissionBench.StartAsync(_broker.Bootstrap, await DatabaseAsync(), outbox);

    private IReadOnlyList<Message<string, byte[]>> Topic() => ProbeTopic.Read(_broker.Bootstrap, SubmissionBench.Topic);

    /// <summary>Asserts that every batch is there at least once, in order, and that only the last one marks the end.</summary>
    private void AssertWhole(Guid id, int probes) => TopicCheck.AssertWhole(Topic(), id, probes);

    private static NewMeasurement Measurement(DateTimeOffset deadline)
    {
        var id = Guid.NewGuid();
        return new NewMeasurement(
            id, SubmissionBench.User, 2, [new AssignedAgent(SubmissionBench.Agent, IPAddress.Parse(SubmissionBench.Source))],
            ProbesFileWriter.NameOf(id, 20), deadline, null);
    }

    private static void WriteFile(SubmissionBench bench, NewMeasurement measurement, int probes)
    {
        byte[] messages = [.. Enumerable.Range(0, probes).SelectMany(TopicCheck.Message)];
        File.WriteAllBytes(Path.Combine(bench.OutboxFolder, measurement.ProbesFile), messages);
    }

    private static async Task<(int Status, string Text)> TextOfAsync(Task<(int Status, string Text, HttpResponseMessage Response)> posting)
    {
        var (status, text, _) = await posting;
        return (status, text);
    }

    private static async Task<string> PostUntilAcceptedAsync(SubmissionBench bench, string body, string key)
    {
        // The client needs a moment to notice that the broker is back.
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (status, text, _) = await bench.PostAsync(body, key: key);
            if (status == 200)
                return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Bound, text);
        }
    }

    private static Task NotedAsync(SubmissionBench bench, Func<OutboxEntry, bool> isReached) =>
        UntilAsync(async () =>
            (await bench.Store.ListOutboxAsync(SubmissionBench.Cancel)).Any(isReached), "the outbox does not come so far");

    private static Task EmptyAsync(SubmissionBench bench) =>
        UntilAsync(async () =>
            (await bench.Store.ListOutboxAsync(SubmissionBench.Cancel)).Count == 0
            && !bench.OutboxFiles.Any(), "the outbox does not become empty");

    private static async Task UntilAsync(Func<Task<bool>> condition, string failure)
    {
        long began = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Bound, failure);
            await timer.WaitForNextTickAsync(SubmissionBench.Cancel);
        }
    }
}
