using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit.Bodies;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Submit;

/// <summary>
/// Answers POST /api/probes. It writes the body's probes to a file of the outbox and checks the request in the contract's order. Then it
/// reserves the measurement in one transaction, and sends it. Nothing is sent before the reservation. After it, everything is sent, or it
/// is released.
/// </summary>
internal sealed class ProbeSubmission(
    ProbeOptions options, OutboxDispatcher outbox, GatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time)
{
    private const string LimitFailed = "Failed to check probe limit", UserFailed = "Failed to get user ID: the database does not answer";

    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(7);

    private readonly ProbeBodyReader _reader = new(options, logger);

    /// <summary>Called after a reservation and before its first batch.</summary>
    public Action<NewMeasurement>? OnReserved { get; init; }

    /// <param name="request">The request with its body unread.</param>
    /// <param name="aborted">Cancelled when the user disconnects. What is reserved by then is sent nevertheless.</param>
    /// <exception cref="StoreFailedException">The database failed, and nothing is reserved, or it will be released.</exception>
    public async Task<IResult> SubmitAsync(HttpRequest request, string userHash, CancellationToken aborted)
    {
        if (!outbox.IsRunning)
            return Unavailable("No probes are taken: the gateway ends, or runs without Kafka");
        if (!SubmissionHeaders.TryRead(request, out var headers, out var refusal))
            return refusal;
        try
        {
            return await SubmitAsync(request, headers, userHash, aborted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !aborted.IsCancellationRequested)
        {
            logger.OutboxDiskFailed(e.Message);
            return Unavailable(ProbeBodyReader.DiskFailed);
        }
    }

    private async Task<IResult> SubmitAsync(HttpRequest request, SubmissionHeaders headers, string userHash, CancellationToken aborted)
    {
        long quota = headers.IsJson ? long.MaxValue : await ReadQuotaAsync(userHash, headers.IdempotencyKey is not null, aborted);
        var id = Guid.NewGuid();
        using var file = outbox.CreateFile(id);
        var body = headers.CreateBody(new ProbeAppender(file, options.MaxProbes, quota, time));
        if (await _reader.ReadAsync(request, body, aborted) is { } unreadable)
            return unreadable;
        if (file.Count == 0)
            return new ErrorAnswer(StatusCodes.Status400BadRequest, "Probe list cannot be empty");
        if (!RequestedAgents.TryCheck(body.Agents, out var agents, out var invalid))
            return invalid;

        byte[] probesHash = file.Finish();
        var key = headers.IdempotencyKey is { } text ? new IdempotencyKey(text, RequestedAgents.Hash(body.Agents, probesHash)) : null;
        if (key is not null && await store.FindReservationAsync(userHash, key, aborted).OrFail(LimitFailed) is { } earlier)
            return await RepeatAsync(userHash, agents, earlier, aborted);

        uint userId = await store.UserIdAsync(userHash, aborted).OrFail(UserFailed);
        var now = time.GetUtcNow();
        var assignment = await AgentAssignment.MakeAsync(store, agents, userId, now, aborted).OrFail(UserFailed);
        if (assignment.ForeignAddress is { } foreign)
            return new ErrorAnswer(StatusCodes.Status403Forbidden, $"IP address {foreign} is not within your allocated prefix");
        var usage = await store.ReadUsageAsync(userHash, now, aborted).OrFail(LimitFailed);
        if (usage.Used + (file.Count * Math.Max(1, assignment.Assigned.Count)) > usage.Limit)
            return ProbeAppender.QuotaExceeded(time);
        if (assignment.Assigned.Count == 0)
            return new ErrorAnswer(StatusCodes.Status400BadRequest, "No healthy agents found for the requested measurement");

        var measurement = Complete(file, id, userHash, assignment, key);
        var entry = new OutboxEntry(
            id, userHash, measurement.ProbeCount, measurement.Agents, measurement.ProbesFile, BatchesBegun: 0, BatchesSent: 0,
            measurement.Deadline);
        var reservation = await ReserveAsync(measurement, entry);
        if (reservation.Status == ReservationStatus.Reserved)
        {
            OnReserved?.Invoke(measurement);
            var accepted = AcceptedMeasurement.From(measurement, assignment.Unassigned);
            var result = await outbox.DispatchAsync(entry);
            if (result != DispatchResult.NotSent)
                metrics.OnSubmitted(accepted.Probes);
            return Answer(result, accepted);
        }
        outbox.Discard(measurement.ProbesFile);
        return reservation.Status == ReservationStatus.LimitExceeded
            ? ProbeAppender.QuotaExceeded(time)
            : await RepeatAsync(userHash, agents, reservation, aborted);
    }

    // The probes that the user may submit now. With a key it is the limit of the day, because the request may be a repeated one.
    private async Task<long> ReadQuotaAsync(string userHash, bool hasKey, CancellationToken aborted)
    {
        var usage = await store.ReadUsageAsync(userHash, time.GetUtcNow(), aborted).OrFail(LimitFailed);
        return Math.Max(0, hasKey ? usage.Limit : usage.Limit - usage.Used);
    }

    private NewMeasurement Complete(ProbesFileWriter file, Guid id, string userHash, AgentAssignment assignment, IdempotencyKey? key)
    {
        double seconds = Math.Min(assignment.TimePerProbe.TotalSeconds * file.Count, MaxDuration.TotalSeconds);
        var duration = TimeSpan.FromSeconds(seconds) + outbox.Options.Grace;
        var deadline = time.GetUtcNow() + (duration < MaxDuration ? duration : MaxDuration);
        string name = file.Complete(ProbeBatches.PerBatch(assignment.Assigned, outbox.Options.MaxMessageBytes));
        return new NewMeasurement(id, userHash, file.Count, assignment.Assigned, name, deadline, key);
    }

    private async Task<Reservation> ReserveAsync(NewMeasurement measurement, OutboxEntry entry)
    {
        try
        {
            // It must not be cancelled: nobody would know whether the database has reserved it.
            return await store.ReserveAsync(measurement, time.GetUtcNow(), CancellationToken.None).OrFail(LimitFailed);
        }
        catch (StoreFailedException)
        {
            outbox.Undo(entry);
            throw;
        }
    }

    // Answers with the measurement of the first request, or says that the key belongs to another request.
    private async Task<IResult> RepeatAsync(
        string userHash, IReadOnlyList<RequestedAgent> agents, Reservation earlier, CancellationToken aborted)
    {
        if (earlier.Status == ReservationStatus.KeyReused)
        {
            return new ErrorAnswer(
                StatusCodes.Status422UnprocessableEntity, $"The {SubmissionHeaders.KeyName} was used for another request: use a new one");
        }
        var result = await outbox.FollowAsync(earlier.MeasurementId, aborted).OrFail(LimitFailed);
        var detail = await store.FindMeasurementAsync(userHash, earlier.MeasurementId, aborted).OrFail(LimitFailed);
        return detail is null ? NotSent : Answer(result, AcceptedMeasurement.From(detail, agents));
    }

    private static IResult Answer(DispatchResult result, AcceptedMeasurement measurement) => result switch
    {
        DispatchResult.Sent => measurement.ToResult(StatusCodes.Status200OK),
        DispatchResult.Waiting => measurement.ToResult(StatusCodes.Status202Accepted),
        _ => NotSent,
    };

    private static ErrorAnswer NotSent { get; } =
        new(StatusCodes.Status500InternalServerError, "Failed to send probe data to processing queue");

    private static ErrorAnswer Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, message) { RetryAfter = TimeSpan.FromMinutes(1) };
}
