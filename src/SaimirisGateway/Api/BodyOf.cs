namespace SaimirisGateway.Api;

/// <summary>What an endpoint reads, for the OpenAPI document. ASP.NET's own mark would refuse other content types by itself, and not in the contract's words.</summary>
/// <param name="Type">Null: no type describes it.</param>
internal sealed record BodyOf(Type? Type, params string[] ContentTypes);
