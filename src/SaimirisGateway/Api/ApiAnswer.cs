using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Api;

/// <summary>The kinds of answers that there are.</summary>
internal static class ApiAnswer
{
    private const string JsonType = "application/json";

    /// <summary>404 and others without a body.</summary>
    public static IResult Empty(int status) => TypedResults.StatusCode(status);

    public static IResult Json<T>(T body, JsonTypeInfo<T> type) => TypedResults.Json(body, type, JsonType);

    public static IResult Error(int status, string message) => TypedResults.Json(new ApiError(status, message), ApiJson.Instance.ApiError, JsonType, status);

    /// <summary>What is wrong with a request before a handler sees it.</summary>
    public static IResult Text(int status, string text) => TypedResults.Text(text, "text/plain; charset=utf-8", statusCode: status);
}
