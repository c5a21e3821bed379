using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Auth;

/// <summary>
/// The provider's keys. They are fetched anew when they are 12 h old and when a token names one that is not there, one fetch at a time and
/// not more often than <see cref="RefreshFloor"/>. Where a fetch fails, the keys that are there stay.
/// </summary>
/// <param name="fetch">Gets them; ends in bounded time, with keys or a <see cref="KeysUnavailableException"/>.</param>
internal sealed class JwksCache(Func<Task<IReadOnlyDictionary<string, SecurityKey>>> fetch, ILogger logger, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(12), RefreshFloor = TimeSpan.FromSeconds(30);

    // Nobody can be let in: worth asking more often.
    private static readonly TimeSpan FloorWithoutKeys = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _fetching = new(1);
    private IReadOnlyDictionary<string, SecurityKey> _keys = new Dictionary<string, SecurityKey>();
    private KeysUnavailableException? _failure;
    private long _fetchedAt, _triedAt;
    private bool _hasTried;

    /// <summary>Null: the provider has no such key.</summary>
    /// <exception cref="KeysUnavailableException">There is no key at all.</exception>
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
        if (_hasTried && time.GetElapsedTime(_triedAt) < (_keys.Count > 0 ? RefreshFloor : FloorWithoutKeys))
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
