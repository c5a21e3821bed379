using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using SaimirisGateway.Auth;

namespace SaimirisGateway.Api;

/// <summary>How many requests a second a user, and an agent's key, may make; a burst may hold as many as ten seconds do. Public routes have no limit.</summary>
internal sealed class RequestRates(int perUser, int perAgentKey) : IDisposable
{
    private const int BurstSeconds = 10;

    // One for all addresses of the gateway.
    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(http => http.User.Identity switch
    {
        { AuthenticationType: UserAuthentication.Name, Name: { } user } => Bucket(user, perUser),
        { AuthenticationType: AgentAuthentication.Name, Name: { } key } => Bucket(key, perAgentKey),
        _ => RateLimitPartition.GetNoLimiter(""),
    });

    public void Configure(RateLimiterOptions options)
    {
        options.GlobalLimiter = _limiter;
        options.OnRejected = RefuseAsync;
    }

    public void Dispose() => _limiter.Dispose();

    private static RateLimitPartition<string> Bucket(string name, int perSecond) => RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = perSecond * BurstSeconds,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancel)
    {
        var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        context.HttpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await ApiAnswer.Error(StatusCodes.Status429TooManyRequests, "Too many requests: send this one later").ExecuteAsync(context.HttpContext);
    }
}
