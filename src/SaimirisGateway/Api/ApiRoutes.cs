using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SaimirisGateway.Api;

/// <summary>Maps a route with its method. Other methods get 405, after the same authentication.</summary>
internal static class ApiRoutes
{
    /// <summary>Maps GET and HEAD.</summary>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate handler)
    {
        routes.MapMethods(pattern, [HttpMethods.Head], handler).ExcludeFromDescription();
        routes.MapOthers(pattern, "GET, HEAD");
        return routes.MapGet(pattern, handler);
    }

    /// <summary>Maps POST.</summary>
    public static RouteHandlerBuilder MapWrite(this IEndpointRouteBuilder routes, string pattern, Delegate handler)
    {
        routes.MapOthers(pattern, "POST");
        return routes.MapPost(pattern, handler);
    }

    private static void MapOthers(this IEndpointRouteBuilder routes, string pattern, string allow) =>
        routes.Map(pattern, http =>
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = allow;
            return Task.CompletedTask;
        }).ExcludeFromDescription();
}
