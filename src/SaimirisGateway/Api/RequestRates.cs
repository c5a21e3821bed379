using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using SaimirisGateway.Auth;
using SaimirisGateway.Http;

namespace SaimirisGateway.Api;

/// <summary>
/// Limits the requests a second of each user and each agent key. A burst may have as many as ten seconds. Public routes have no limit.
/// </summary>
internal sealed class RequestRates(int perUser, int perAgentKey) : IDisposable
{
    private const int BurstSeconds = 10;

    // One limiter for all addresses of the gateway.
    private readonly PartitionedRateLimiter<HttpContext> _limiter =
        PartitionedRateLimiter.Create<HttpContext, string>(http => http.User.Identity switch
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

    private static RateLimitPartition<string> Bucket(string name, int perSecond) =>
        RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond * BurstSeconds,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancel)
    {
        var second = TimeSpan.FromSeconds(1);
        var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > second ? after : second;
        var refusal = new ErrorAnswer(StatusCodes.Status429TooManyRequests, "Too many requests: send this one later") { RetryAfter = wait };
        await refusal.ExecuteAsync(context.HttpContext);
    }
}
