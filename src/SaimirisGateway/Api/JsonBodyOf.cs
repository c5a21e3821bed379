namespace SaimirisGateway.Api;

/// <summary>What an endpoint reads, for the OpenAPI document. ASP.NET's own mark would refuse other content types by itself, and not in the contract's words.</summary>
internal sealed record JsonBodyOf(Type Type);
