using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using SaimirisGateway.Auth;
using Scalar.AspNetCore;
using Shared.Hosting.Flags;

namespace SaimirisGateway.Api;

/// <summary>Serves the API's OpenAPI document, and a page that shows it.</summary>
internal static class DocumentEndpoints
{
    private const string Document = "/openapi.json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi(Document);
        // The page is complete: the browser fetches no font and no script from elsewhere.
        routes.MapScalarApiReference("/docs", page => page.WithTitle("Saimiris Gateway").WithOpenApiRoutePattern(Document)
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton());
    }

    /// <summary>Sets the options that the schemas are made with. Answers are written with <see cref="ApiJson"/> itself.</summary>
    public static void Configure(JsonSerializerOptions schemas)
    {
        schemas.TypeInfoResolverChain.Insert(0, ApiJson.Instance);
        schemas.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        schemas.NumberHandling = JsonNumberHandling.Strict;
    }

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Saimiris Gateway",
                Version = CommandLine.Version,
                Description = "Active measurements: submit probes, follow them, read what answered.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [UserAuthentication.Name] = Bearer("A user's token", format: "JWT"),
                [AgentAuthentication.Name] = Bearer("An agent's key"),
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeAsync);
    }

    private static OpenApiSecurityScheme Bearer(string description, string? format = null) =>
        new() { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = format, Description = description };

    private static async Task DescribeAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AuthorizationPolicy>().FirstOrDefault() is { } policy)
        {
            var scheme = new OpenApiSecuritySchemeReference(policy.AuthenticationSchemes[0], context.Document);
            operation.Security = [new OpenApiSecurityRequirement { [scheme] = [] }];
        }
        if (metadata.OfType<DocumentedBody>().FirstOrDefault() is { } body)
        {
            var schema = body.Type is null
                ? new OpenApiSchema()
                : await context.GetOrCreateSchemaAsync(body.Type, cancellationToken: cancel);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = body.MediaTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }),
            };
        }
    }
}

/// <summary>
/// The body that an endpoint reads, for the OpenAPI document. ASP.NET's own metadata would refuse other media types with an answer that is
/// not the contract's.
/// </summary>
/// <param name="Type">The type of the JSON; null when no type describes the body.</param>
internal sealed record DocumentedBody(Type? Type, params string[] MediaTypes);
