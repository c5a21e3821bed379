using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;

namespace SaimirisGateway.Api;

/// <summary>Makes the API's answers that are no errors, and those without a body.</summary>
internal static class ApiAnswer
{
    public static readonly IResult NotFound = Empty(StatusCodes.Status404NotFound);

    public static IResult Empty(int status) => TypedResults.StatusCode(status);

    public static IResult Json<T>(T body, JsonTypeInfo<T> type) => TypedResults.Json(body, type, JsonRequest.MediaType);
}
