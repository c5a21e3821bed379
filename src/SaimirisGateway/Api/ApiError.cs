namespace SaimirisGateway.Api;

/// <summary>What goes wrong in a handler.</summary>
/// <param name="Error">The status, once more.</param>
/// <param name="Message">For people; nothing of the inside.</param>
internal sealed record ApiError(int Error, string Message);
