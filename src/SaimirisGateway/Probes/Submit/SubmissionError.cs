using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes.Submit;

/// <summary>A refusal, in the contract's words.</summary>
internal sealed record SubmissionError([property: JsonPropertyName("error")] int Error, [property: JsonPropertyName("message")] string Message);
