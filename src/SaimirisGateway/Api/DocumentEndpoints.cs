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

/// <summary>The API's own description, and a page that shows it.</summary>
internal static class DocumentEndpoints
{
    private const string Document = "/openapi.json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi(Document);
        // The page brings all that it needs with it: no font and no script is fetched from elsewhere.
        routes.MapScalarApiReference("/docs", page => page.WithTitle("Saimiris Gateway").WithOpenApiRoutePattern(Document)
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton());
    }

    /// <summary>From these the schemas are made; answers are written with <see cref="ApiJson"/> itself.</summary>
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
            document.Info = new OpenApiInfo { Title = "Saimiris Gateway", Version = CommandLine.Version, Description = "Active measurements: submit probes, follow them, read what answered." };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [UserAuthentication.Name] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "A user's token" },
                [AgentAuthentication.Name] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An agent's key" },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeAsync);
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AuthorizationPolicy>().FirstOrDefault() is { } policy)
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(policy.AuthenticationSchemes[0], context.Document)] = [] }];
        if (metadata.OfType<BodyOf>().FirstOrDefault() is { } body)
        {
            var schema = body.Type is null ? new OpenApiSchema() : await context.GetOrCreateSchemaAsync(body.Type, cancellationToken: cancel);
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = body.ContentTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }) };
        }
    }
}
