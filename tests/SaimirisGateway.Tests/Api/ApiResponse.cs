using System.Text.Json;

namespace SaimirisGateway.Tests.Api;

/// <summary>One answer: status, headers and text.</summary>
internal sealed record ApiResponse(int Status, string Text, string? Type, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public static async Task<ApiResponse> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new ApiResponse((int)response.StatusCode, text, response.Content.Headers.ContentType?.ToString(), headers);
    }

    /// <summary>Asserts an error in the contract's JSON.</summary>
    public void AssertError(int status, string message)
    {
        Assert.Equal($$"""{"error":{{status}},"message":{{JsonSerializer.Serialize(message, Relaxed)}}}""", Text);
        Assert.Equal((status, "application/json"), (Status, Type));
    }

    /// <summary>Asserts an error in plain text, which the contract has for bodies that cannot be read.</summary>
    public void AssertText(int status, string start)
    {
        Assert.Equal((status, "text/plain; charset=utf-8"), (Status, Type));
        Assert.StartsWith(start, Text, StringComparison.Ordinal);
    }

    public void AssertEmpty(int status) => Assert.Equal((status, ""), (Status, Text));

    private static readonly JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
