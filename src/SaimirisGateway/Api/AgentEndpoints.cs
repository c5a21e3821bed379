using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Agents;
using SaimirisGateway.Auth;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Api;

/// <summary>What agents say of themselves.</summary>
internal sealed class AgentEndpoints(IGatewayStore store, AgentKeys keys, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Of one agent; defaults are filled in, so a short body may become a long row.</summary>
    public const int MaxConfigs = 256;

    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Agents' own");
        routes.MapWrite("/agent-api/agent/register", RegisterAsync).WithSummary("Makes an agent known, or shows that it is the same one")
            .WithMetadata(new BodyOf(typeof(AgentRegistration), "application/json")).Produces<AgentView>().Produces(StatusCodes.Status409Conflict);
        routes.MapWrite("/agent-api/agent/{id}/config", SetConfigAsync).WithSummary("Replaces an agent's probing instances")
            .WithMetadata(new BodyOf(typeof(AgentConfig[]), "application/json")).Produces<AgentConfig[]>().Produces(StatusCodes.Status404NotFound);
        routes.MapWrite("/agent-api/agent/{id}/health", SetHealthAsync).WithSummary("Replaces what is known of an agent's health")
            .WithMetadata(new BodyOf(typeof(HealthReport), "application/json")).Produces<HealthView>().Produces(StatusCodes.Status404NotFound);
        routes.MapWrite("/agent-api/agent/{id}/measurement/{mid}/status", ReportAsync).WithSummary("How far an agent is with a measurement")
            .WithMetadata(new BodyOf(typeof(ProgressReport), "application/json")).Produces<ProgressView>().Produces<ApiError>(StatusCodes.Status400BadRequest).Produces<ApiError>(StatusCodes.Status404NotFound);
    }

    private async Task<IResult> RegisterAsync(HttpContext http)
    {
        var (body, refusal) = await JsonBody.ReadAsync(http.Request, ApiJson.Instance.AgentRegistration);
        if (body is null)
            return refusal!;
        // A path cannot name an id with a slash for certain: %2F is left as it is in one.
        if (Encoding.UTF8.GetByteCount(body.Id) is 0 or > AgentState.MaxIdBytes || body.Id.Any(c => char.IsControl(c) || c is '/' or '%'))
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, $"An agent's id has 1 to {AgentState.MaxIdBytes} bytes, no control characters, and neither / nor %");
        // Only now it is known whose the key has to be.
        if (!keys.IsKeyOf(body.Id, AgentAuthentication.KeyOf(http.Request)!))
        {
            metrics.OnUnauthorized();
            return ApiAnswer.Empty(StatusCodes.Status401Unauthorized);
        }
        if (!await store.RegisterAgentAsync(body.Id, AgentKeys.HashOf(body.Secret), time.GetUtcNow(), http.RequestAborted))
            return ApiAnswer.Empty(StatusCodes.Status409Conflict);
        metrics.OnRegistered();
        return await store.FindAgentAsync(body.Id, http.RequestAborted) is { } agent
            ? ApiAnswer.Json(AgentView.Of(agent), ApiJson.Instance.AgentView)
            : ApiAnswer.Empty(StatusCodes.Status409Conflict);
    }

    private async Task<IResult> SetConfigAsync(string id, HttpContext http)
    {
        var (body, refusal) = await JsonBody.ReadAsync(http.Request, ApiJson.Instance.AgentConfigArray);
        if (body is null)
            return refusal!;
        if (body.Contains(null))
            return JsonBody.ShapeError("a configuration is null");
        if (body.Length > MaxConfigs)
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, $"An agent has at most {MaxConfigs} configurations");
        string json = JsonSerializer.Serialize(body, ApiJson.Instance.AgentConfigArray);
        return await store.SetAgentConfigAsync(id, json, time.GetUtcNow(), http.RequestAborted)
            ? ApiAnswer.Json(body, ApiJson.Instance.AgentConfigArray)
            : ApiAnswer.Empty(StatusCodes.Status404NotFound);
    }

    private async Task<IResult> SetHealthAsync(string id, HttpContext http)
    {
        var (body, refusal) = await JsonBody.ReadAsync(http.Request, ApiJson.Instance.HealthReport);
        if (body is null)
            return refusal!;
        // What no database keeps in a text.
        if (body.Message?.Contains('\0') == true)
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, "The message must not hold the character U+0000");
        var now = time.GetUtcNow();
        var health = new AgentHealth(body.Healthy, body.LastCheck ?? now, body.Message);
        return await store.SetAgentHealthAsync(id, health, now, http.RequestAborted)
            ? ApiAnswer.Json(HealthView.Of(health)!, ApiJson.Instance.HealthView)
            : ApiAnswer.Empty(StatusCodes.Status404NotFound);
    }

    private async Task<IResult> ReportAsync(string id, string mid, HttpContext http)
    {
        var (body, refusal) = await JsonBody.ReadAsync(http.Request, ApiJson.Instance.ProgressReport);
        if (body is null)
            return refusal!;
        if (!MeasurementIdText.TryParse(mid, out var measurement))
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, MeasurementIdText.Invalid);
        http.OnFailureSay("Failed to update measurement status");
        var progress = await store.ReportProgressAsync(measurement, id, body.SentProbes, body.IsComplete, time.GetUtcNow(), http.RequestAborted);
        return progress is null
            ? ApiAnswer.Error(StatusCodes.Status404NotFound, "Measurement tracking entry not found for this agent")
            : ApiAnswer.Json(new ProgressView(id, progress.IsComplete, mid, progress.SentProbes, progress.UpdatedAt), ApiJson.Instance.ProgressView);
    }
}
