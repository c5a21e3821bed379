using System.Text;

namespace SaimirisGateway.Tests.Api;

/// <summary>Tests section 4.</summary>
public abstract partial class ApiTests
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("POST", "/api/user/me/more")]
    [InlineData("GET", "/agent-api/agent")]
    [InlineData("DELETE", "/api/measurement/x/y")]
    public async Task An_unknown_path_is_404_without_a_body_and_without_a_key(string method, string path) =>
        (await Gateway.SendAsync(new HttpMethod(method), path)).AssertEmpty(404);

    [Theory]
    [InlineData("POST", "/api/agents", "GET")]
    [InlineData("DELETE", "/api/agent/x", "GET")]
    [InlineData("PUT", "/api/agent/x/config", "GET")]
    [InlineData("PATCH", "/api/agent/x/health", "GET")]
    public async Task Another_method_on_a_public_route_is_405_with_Allow(string method, string path, string allowed)
    {
        var response = await Gateway.SendAsync(new HttpMethod(method), path);
        response.AssertEmpty(405);
        Assert.Contains(allowed, response.Headers["Allow"].Split(", "));
    }

    public static TheoryData<string, string, string> ProtectedRoutes => new()
    {
        { "GET", "/api/user/me", "GET" }, { "GET", "/api/user/prefixes", "GET" }, { "POST", "/api/probes", "POST" },
            { "GET", "/api/measurements", "GET" },
        { "GET", "/api/measurement/x/status", "GET" }, { "POST", "/api/measurement/x/cancel", "POST" },
        { "GET", "/api/measurement/x/replies", "GET" },
        { "POST", "/agent-api/agent/register", "POST" }, { "POST", "/agent-api/agent/x/config", "POST" },
        { "POST", "/agent-api/agent/x/health", "POST" },
        { "POST", "/agent-api/agent/x/measurement/y/status", "POST" },
    };

    [Theory]
    [MemberData(nameof(ProtectedRoutes))]
    public async Task A_protected_route_asks_who_it_is_before_anything_else(string method, string path, string allowed)
    {
        bool isAgents = path.StartsWith("/agent-api", StringComparison.Ordinal);
        string key = isAgents ? ApiGateway.AgentKey : Gateway.Provider.Token("someone");
        foreach (string tried in (string[])[method, "DELETE"])
        {
            var response = await Gateway.SendAsync(new HttpMethod(tried), path);
            Assert.Equal(401, response.Status);
            Assert.Equal(isAgents ? "" : """{"error":"Authorization header is missing"}""", response.Text);
        }
        var other = await Gateway.SendAsync(HttpMethod.Delete, path, key);
        other.AssertEmpty(405);
        Assert.Contains(allowed, other.Headers["Allow"].Split(", "));
    }

    [Fact]
    public async Task HEAD_works_where_GET_does()
    {
        string agent = await Gateway.AddAgentAsync(NewName("head"));
        foreach (string path in (string[])["/api/agents", $"/api/agent/{agent}", $"/api/agent/{agent}/config",
            $"/api/agent/{agent}/health"])
            (await Gateway.SendAsync(HttpMethod.Head, path)).AssertEmpty(200);
        foreach (string path in (string[])["/api/user/me", "/api/user/prefixes", "/api/measurements"])
            (await Gateway.SendAsync(HttpMethod.Head, path, Gateway.Provider.Token("someone"))).AssertEmpty(200);
        (await Gateway.SendAsync(HttpMethod.Head, "/api/agent/nobody")).AssertEmpty(404);
    }

    public static TheoryData<string> JsonRoutes =>
        ["/api/probes", "/agent-api/agent/register", "/agent-api/agent/x/config", "/agent-api/agent/x/health",
        $"/agent-api/agent/x/measurement/{Guid.Empty}/status"];

    private Task<ApiResponse> PostJsonAsync(string path, string? body, string type = "application/json") =>
        Gateway.SendAsync(HttpMethod.Post, path, path.StartsWith("/agent-api", StringComparison.Ordinal) ? ApiGateway.AgentKey
            : Gateway.Provider.Token("someone"), body, type);

    [Theory]
    [MemberData(nameof(JsonRoutes))]
    public async Task Another_content_type_or_none_is_415(string path)
    {
        (await PostJsonAsync(path, "{}", "text/plain")).AssertText(415, "Expected request with `Content-Type: application/json`");
        (await PostJsonAsync(path, null)).AssertText(415, "Expected request with `Content-Type: application/json`");
    }

    [Theory]
    [MemberData(nameof(JsonRoutes))]
    public async Task A_syntax_error_is_400_and_an_error_of_shape_422(string path)
    {
        foreach (string body in (string[])["{", "", "{\"a\":1}x", "{'a':1}", "\ufeff{}", "[1,]"])
            (await PostJsonAsync(path, body)).AssertText(400, "Failed to parse the request body as JSON: ");
        foreach (string body in (string[])["17", "null", "\"text\"", "true"])
            (await PostJsonAsync(path, body)).AssertText(422, "Failed to deserialize the JSON body into the target type: ");
    }

    [Theory]
    [MemberData(nameof(JsonRoutes))]
    public async Task A_body_of_2_MiB_is_read_and_one_byte_more_is_413(string path)
    {
        const int most = 2_097_152;
        string json = "17" + new string(' ', most - 2);
        (await PostJsonAsync(path, json)).AssertText(422, "Failed to deserialize the JSON body");
        (await PostJsonAsync(path, json + " ")).AssertText(413, "Failed to buffer the request body: length limit exceeded");
    }

    [Fact]
    public async Task A_chunked_body_has_the_same_limit()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "/agent-api/agent/x/health")
        { Headers = { TransferEncodingChunked = true } };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {ApiGateway.AgentKey}");
        request.Content = new StringContent(new string(' ', 2_097_153), Encoding.UTF8, "application/json");
        using var response = await Gateway.Client.SendAsync(request, Cancel);
        (await ApiResponse.ReadAsync(response)).AssertText(413, "Failed to buffer the request body: length limit exceeded");
    }

    [Fact]
    public async Task Members_that_nobody_knows_are_ignored_and_repeated_ones_are_422()
    {
        string agent = await Gateway.AddAgentAsync(NewName("members"));
        string path = $"/agent-api/agent/{agent}/health";
        Assert.Equal(200, (await Gateway.AgentPostAsync(path, """{"healthy":true,"colour":"red","more":{"a":[1,2]}}""")).Status);
        (await Gateway.AgentPostAsync(path, """{"healthy":true,"healthy":false}""")).AssertText(422, "Failed to deserialize");
    }

    [Fact]
    public async Task There_is_no_CORS_no_compression_and_no_server_header()
    {
        var response = await Gateway.SendAsync(HttpMethod.Get, "/api/agents", change: request =>
        {
            request.Headers.TryAddWithoutValidation("Origin", "https://example.org");
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        });
        Assert.Equal(200, response.Status);
        Assert.Equal("application/json", response.Type);
        Assert.DoesNotContain(response.Headers.Keys, name =>
            name is "Server" or "Content-Encoding" || name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }
}
