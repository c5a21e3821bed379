using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Api;

/// <summary>What a request is answered with should its present step fail for a reason of ours.</summary>
internal sealed record FailureText(string Message)
{
    public static readonly FailureText Unknown = new("Internal error");
}

internal static class FailureTextExtensions
{
    public static void OnFailureSay(this HttpContext http, string message) => http.Features.Set(new FailureText(message));
}
