using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Agents;
using SaimirisGateway.Auth;
using SaimirisGateway.Http;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Api;

/// <summary>Answers the agents: registration, configuration, health and progress.</summary>
internal sealed class AgentEndpoints(GatewayStore store, AgentKeys keys, GatewayMetrics metrics, TimeProvider time)
{
    // The row has the defaults filled in, so a short body may become a long row.
    private const int MaxConfigs = 256;

    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Agents' own");
        routes.MapWrite("/agent-api/agent/register", RegisterAsync)
            .WithSummary("Makes an agent known, or shows that it is the same one")
            .WithMetadata(new DocumentedBody(typeof(AgentRegistration), JsonRequest.MediaType))
            .Produces<AgentView>().Produces(StatusCodes.Status409Conflict);
        routes.MapWrite("/agent-api/agent/{id}/config", SetConfigAsync)
            .WithSummary("Replaces an agent's probing instances")
            .WithMetadata(new DocumentedBody(typeof(AgentConfig[]), JsonRequest.MediaType))
            .Produces<AgentConfig[]>().Produces(StatusCodes.Status404NotFound);
        routes.MapWrite("/agent-api/agent/{id}/health", SetHealthAsync)
            .WithSummary("Replaces what is known of an agent's health")
            .WithMetadata(new DocumentedBody(typeof(HealthReport), JsonRequest.MediaType))
            .Produces<HealthView>().Produces(StatusCodes.Status404NotFound);
        routes.MapWrite("/agent-api/agent/{id}/measurement/{mid}/status", ReportAsync)
            .WithSummary("How far an agent is with a measurement")
            .WithMetadata(new DocumentedBody(typeof(ProgressReport), JsonRequest.MediaType))
            .Produces<ProgressView>()
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private async Task<IResult> RegisterAsync(HttpContext http)
    {
        var (body, refusal) = await JsonRequest.ReadAsync(http.Request, ApiJson.Instance.AgentRegistration);
        if (body is null)
            return refusal!;
        if (!AgentIdText.CanRegister(body.Id))
        {
            return new ErrorAnswer(
                StatusCodes.Status400BadRequest,
                $"An agent's id has 1 to {AgentIdText.MaxBytes} bytes, no control characters, and neither / nor %");
        }
        // The route names no agent: only the body says whose key it has to be.
        if (!keys.IsKeyOf(body.Id, AgentAuthentication.ReadKey(http.Request)!))
        {
            metrics.OnUnauthorized();
            return ApiAnswer.Empty(StatusCodes.Status401Unauthorized);
        }
        if (!await store.RegisterAgentAsync(body.Id, AgentKeys.Hash(body.Secret), time.GetUtcNow(), http.RequestAborted))
            return ApiAnswer.Empty(StatusCodes.Status409Conflict);
        metrics.OnRegistered();
        return await store.FindAgentAsync(body.Id, http.RequestAborted) is { } agent
            ? ApiAnswer.Json(AgentView.From(agent), ApiJson.Instance.AgentView)
            : ApiAnswer.Empty(StatusCodes.Status409Conflict);
    }

    private async Task<IResult> SetConfigAsync(string id, HttpContext http)
    {
        var (body, refusal) = await JsonRequest.ReadAsync(http.Request, ApiJson.Instance.AgentConfigArray);
        if (body is null)
            return refusal!;
        if (body.Contains(null))
            return JsonRequest.ShapeError("a configuration is null");
        if (body.Length > MaxConfigs)
            return new ErrorAnswer(StatusCodes.Status400BadRequest, $"An agent has at most {MaxConfigs} configurations");
        string json = JsonSerializer.Serialize(body, ApiJson.Instance.AgentConfigArray);
        return await store.SetAgentConfigAsync(id, json, time.GetUtcNow(), http.RequestAborted)
            ? ApiAnswer.Json(body, ApiJson.Instance.AgentConfigArray)
            : ApiAnswer.NotFound;
    }

    private async Task<IResult> SetHealthAsync(string id, HttpContext http)
    {
        var (body, refusal) = await JsonRequest.ReadAsync(http.Request, ApiJson.Instance.HealthReport);
        if (body is null)
            return refusal!;
        // PostgreSQL accepts no NUL in a text.
        if (body.Message?.Contains('\0') == true)
            return new ErrorAnswer(StatusCodes.Status400BadRequest, "The message must not hold the character U+0000");
        var now = time.GetUtcNow();
        var health = new AgentHealth(body.Healthy, body.LastCheck ?? now, body.Message);
        return await store.SetAgentHealthAsync(id, health, now, http.RequestAborted)
            ? ApiAnswer.Json(HealthView.From(health)!, ApiJson.Instance.HealthView)
            : ApiAnswer.NotFound;
    }

    private async Task<IResult> ReportAsync(string id, string mid, HttpContext http)
    {
        var (body, refusal) = await JsonRequest.ReadAsync(http.Request, ApiJson.Instance.ProgressReport);
        if (body is null)
            return refusal!;
        if (!MeasurementIdText.TryParse(mid, out var measurement))
            return MeasurementIdText.Invalid;
        var progress = await store
            .ReportProgressAsync(measurement, id, body.SentProbes, body.IsComplete, time.GetUtcNow(), http.RequestAborted)
            .OrFail("Failed to update measurement status");
        return progress is null
            ? new ErrorAnswer(StatusCodes.Status404NotFound, "Measurement tracking entry not found for this agent")
            : ApiAnswer.Json(
                new ProgressView(id, progress.IsComplete, mid, progress.SentProbes, progress.UpdatedAt), ApiJson.Instance.ProgressView);
    }
}
