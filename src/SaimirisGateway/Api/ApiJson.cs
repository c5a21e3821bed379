using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaimirisGateway.Agents;
using SaimirisGateway.Http;

namespace SaimirisGateway.Api;

/// <summary>
/// Reads and writes the API's JSON. Members have the order of their type. It ignores unknown members and refuses repeated ones.
/// </summary>
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(IReadOnlyList<AgentView>))]
[JsonSerializable(typeof(AgentConfig[]))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(AgentRegistration))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(ProgressReport))]
[JsonSerializable(typeof(ProgressView))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserPrefixesView))]
[JsonSerializable(typeof(IReadOnlyList<MeasurementView>))]
[JsonSerializable(typeof(MeasurementStatusView))]
[JsonSerializable(typeof(CancellationView))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>The context with the options that no attribute can set.</summary>
    public static ApiJson Instance { get; } = new(MakeOptions());

    private static JsonSerializerOptions MakeOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        // JSON is not HTML: letters of all languages need no escape.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Rfc3339Converter() },
    };
}
