using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Auth;

/// <summary>
/// Caches the provider's keys. It fetches them again when they are 12 h old, and when a token names an unknown key. There is one fetch at a
/// time, and at most one in <see cref="MinRefreshInterval"/>. When a fetch fails, the cached keys stay.
/// </summary>
/// <param name="fetch">Fetches the keys. It ends in bounded time, with keys or a <see cref="KeysUnavailableException"/>.</param>
internal sealed class JwksCache(Func<Task<IReadOnlyDictionary<string, SecurityKey>>> fetch, ILogger logger, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(12), MinRefreshInterval = TimeSpan.FromSeconds(30);

    // Without a key no user can log in, so it asks more often.
    private static readonly TimeSpan MinIntervalWithoutKeys = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _fetching = new(1);
    private IReadOnlyDictionary<string, SecurityKey> _keys = new Dictionary<string, SecurityKey>();
    private KeysUnavailableException? _failure;
    private long _fetchedAt, _triedAt;
    private bool _hasTried;

    /// <summary>Returns null when the provider has no such key.</summary>
    /// <exception cref="KeysUnavailableException">No key is cached, and none can be fetched.</exception>
    public async ValueTask<SecurityKey?> FindAsync(string kid, CancellationToken cancel)
    {
        var key = _keys.GetValueOrDefault(kid);
        if (key is not null && (!IsDue || _fetching.CurrentCount == 0))
            return key;
        await _fetching.WaitAsync(cancel);
        try
        {
            if (IsDue || !_keys.ContainsKey(kid))
                await RefreshAsync();
        }
        finally
        {
            _fetching.Release();
        }
        return _keys.Count > 0 ? _keys.GetValueOrDefault(kid) : throw new KeysUnavailableException(_failure!.Message, _failure);
    }

    public void Dispose() => _fetching.Dispose();

    private bool IsDue => time.GetElapsedTime(_fetchedAt) >= MaxAge;

    private async Task RefreshAsync()
    {
        if (_hasTried && time.GetElapsedTime(_triedAt) < (_keys.Count > 0 ? MinRefreshInterval : MinIntervalWithoutKeys))
            return;
        _hasTried = true;
        _triedAt = time.GetTimestamp();
        try
        {
            _keys = await fetch();
            _fetchedAt = time.GetTimestamp();
            logger.UserKeysFetched(_keys.Count);
        }
        catch (KeysUnavailableException e)
        {
            _failure = e;
            logger.UserKeysNotFetched(e.InnerException?.Message ?? e.Message, _keys.Count);
        }
    }
}
