using SaimirisGateway.Replies.Results;
using SaimirisGateway.Tests.Api;

namespace SaimirisGateway.Tests.Replies.Results;

/// <summary>Runs one gateway for the tests that need no other options.</summary>
public sealed class RepliesFixture : IAsyncLifetime
{
    internal ApiGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await ApiGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    internal static Func<GatewayOptions, GatewayOptions> With(ResultOptions results) => options => options with { Results = results };
}
