namespace SaimirisGateway.Storage;

/// <param name="Key">Of the request's header.</param>
/// <param name="RequestHash">SHA-256 of the request.</param>
internal sealed record IdempotencyKey(string Key, byte[] RequestHash);
