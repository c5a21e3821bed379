using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaimirisGateway.Agents;

namespace SaimirisGateway.Api;

/// <summary>JSON of the API: members in the order in which the types declare them, unknown ones ignored, repeated ones refused.</summary>
[JsonSerializable(typeof(ApiError))]
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
    /// <summary>With the converters and the plain text that attributes cannot ask for.</summary>
    public static ApiJson Instance { get; } = new(MakeOptions());

    private static JsonSerializerOptions MakeOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        // It is no HTML: as in any JSON, letters of all languages stand as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Rfc3339Converter() },
    };
}
