using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Api;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Submit;

/// <summary>
/// POST /api/probes: the body's probes go into a file of the outbox, are checked against the user's addresses and quota, are reserved with all
/// that belongs to them in one transaction, and then sent. Before the reservation nothing is sent; behind it all is, or the reservation is taken back.
/// </summary>
internal sealed class ProbeSubmission(ProbeOptions options, OutboxDispatcher outbox, IGatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(7);

    private readonly SubmissionReader _reader = new(options, logger);

    /// <summary>Called between a reservation and its first batch.</summary>
    public Action<NewMeasurement>? OnReserved { get; init; }

    /// <param name="request">With its body unread.</param>
    /// <param name="userHash">Whose it is.</param>
    /// <param name="aborted">The user has gone away; what is reserved by then is sent all the same.</param>
    public async Task<SubmissionAnswer> SubmitAsync(HttpRequest request, string userHash, CancellationToken aborted)
    {
        if (!outbox.IsRunning)
            return Refuse(StatusCodes.Status503ServiceUnavailable, "No probes are taken: the gateway ends, or runs without Kafka") with { RetryAfter = TimeSpan.FromMinutes(1) };
        if (!SubmissionHead.TryRead(request, out var head, out var refusal))
            return refusal;
        var steps = new SubmissionSteps(store, time, userHash);
        try
        {
            long quota = head.Form == SubmissionHead.JsonType ? long.MaxValue : await steps.MostProbesAsync(head.IdempotencyKey is not null, aborted);
            var id = Guid.NewGuid();
            using var file = outbox.CreateFile(id);
            var body = head.Open(new ProbeIntake(file, options.MaxProbes, quota));
            refusal = await _reader.ReadAsync(request, body, aborted);
            if (refusal is null && file.Count == 0)
                refusal = Refuse(StatusCodes.Status400BadRequest, "Probe list cannot be empty");
            refusal ??= steps.TakeAgents(body.Agents);
            if (refusal is not null)
                return WithRetryAfter(refusal);
            var key = steps.KeyOf(head.IdempotencyKey, file.Finish());
            if (key is not null && await steps.FindReservationAsync(key, aborted) is { } earlier)
                return await RepeatAsync(steps, earlier, aborted);
            if (await steps.CheckAsync(file.Count, aborted) is { } problem)
                return WithRetryAfter(problem);
            return WithRetryAfter(await ReserveAsync(steps, file, id, key, aborted));
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // RequestGuard answers.
            request.HttpContext.OnFailureSay(steps.Failure);
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !aborted.IsCancellationRequested)
        {
            logger.OutboxDiskFailed(e.Message);
            return Refuse(StatusCodes.Status503ServiceUnavailable, "The probes cannot be kept at the moment") with { RetryAfter = TimeSpan.FromMinutes(1) };
        }
    }

    private async Task<SubmissionAnswer> ReserveAsync(SubmissionSteps steps, ProbesFileWriter file, Guid id, IdempotencyKey? key, CancellationToken aborted)
    {
        var now = time.GetUtcNow();
        var agents = steps.Assignment.Assigned;
        long count = file.Count;
        var needed = TimeSpan.FromSeconds(Math.Min(steps.Assignment.TimePerProbe.TotalSeconds * count, MaxDuration.TotalSeconds)) + outbox.Options.Grace;
        string name = file.Complete(ProbeBatches.PerBatch(agents, outbox.Options.MaxMessageBytes));
        var measurement = new NewMeasurement(id, steps.UserHash, count, agents, name, now + (needed < MaxDuration ? needed : MaxDuration), key);
        var entry = new OutboxEntry(id, steps.UserHash, count, agents, name, BatchesBegun: 0, BatchesSent: 0, measurement.Deadline);
        Reservation reservation;
        try
        {
            // Not to be broken off: whether it was taken would be unknown.
            reservation = await steps.ReserveAsync(measurement, now);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            outbox.Undo(entry);
            throw;
        }
        if (reservation.Outcome == ReservationOutcome.Reserved)
        {
            OnReserved?.Invoke(measurement);
            var answer = AnswerOf(await outbox.DispatchAsync(entry), steps.Describe(id, count));
            if (answer.Measurement is { } accepted)
                metrics.OnSubmitted(accepted.Probes);
            return answer;
        }
        outbox.Discard(name);
        return reservation.Outcome == ReservationOutcome.LimitExceeded
            ? Refuse(StatusCodes.Status429TooManyRequests, ProbeIntake.QuotaExceeded)
            : await RepeatAsync(steps, reservation, aborted);
    }

    // The first request's measurement again, or why it is not the first one's.
    private async Task<SubmissionAnswer> RepeatAsync(SubmissionSteps steps, Reservation earlier, CancellationToken aborted)
    {
        if (earlier.Outcome == ReservationOutcome.KeyReused)
            return Refuse(StatusCodes.Status422UnprocessableEntity, $"The {IdempotencyHeader.Name} was used for another request: use a new one");
        var result = await outbox.FollowAsync(earlier.MeasurementId, aborted);
        return await store.FindMeasurementAsync(steps.UserHash, earlier.MeasurementId, aborted) is { } detail
            ? AnswerOf(result, steps.Describe(detail))
            : AnswerOf(DispatchResult.NotSent, null);
    }

    private static SubmissionAnswer AnswerOf(DispatchResult result, SubmittedMeasurement? measurement) => result switch
    {
        DispatchResult.Sent => new SubmissionAnswer(StatusCodes.Status200OK, null) { Measurement = measurement },
        DispatchResult.Waiting => new SubmissionAnswer(StatusCodes.Status202Accepted, null) { Measurement = measurement },
        _ => Refuse(StatusCodes.Status500InternalServerError, "Failed to send probe data to processing queue"),
    };

    private SubmissionAnswer WithRetryAfter(SubmissionAnswer answer) => answer.Status != StatusCodes.Status429TooManyRequests ? answer
        : answer with { RetryAfter = TimeSpan.FromDays(1) - time.GetUtcNow().TimeOfDay };

    private static SubmissionAnswer Refuse(int status, string message) => new(status, message);
}
