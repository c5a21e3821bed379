using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;

namespace SaimirisGateway.Auth;

/// <summary>
/// Which key stands for which agent: one of its own from <c>--agent-keys-file</c>, else the shared one, and for replies also the secret that it
/// registered with. The file is looked at again each second.
/// </summary>
/// <remarks>Keys are kept and compared as SHA-256, in constant time.</remarks>
/// <param name="sharedKey">Null: there is none.</param>
/// <param name="file">Null: no agent has a key of its own.</param>
/// <param name="secrets">Of the registered agents.</param>
internal sealed class AgentKeys(string? sharedKey, string? file, RegistrationSecrets secrets, ILogger logger, TimeProvider time)
{
    /// <summary>The default of <c>--agent-key</c>, which everybody knows. The service's first version had it, and replies are refused with it.</summary>
    public const string DefaultKey = "agent-key";

    /// <summary>A shorter one is nobody's key.</summary>
    public const int LeastLength = 8;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly byte[] NoKey = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly byte[]? _shared = sharedKey is null ? null : HashOf(sharedKey);
    private readonly bool _isSharedKnownToAll = sharedKey == DefaultKey;
    private readonly Lock _gate = new();
    private Dictionary<string, byte[]> _keys = [];
    private string? _seen;
    private long _lookedAt;

    /// <exception cref="StartupException">The file cannot be used.</exception>
    public void Load()
    {
        if (_isSharedKnownToAll)
            logger.NoAgentKey();
        if (file is null)
            return;
        string text = AgentKeysFile.ReadText(file);
        _keys = AgentKeysFile.Parse(file, text);
        _seen = text;
        _lookedAt = time.GetTimestamp();
        logger.AgentKeysLoaded(_keys.Count, file);
    }

    /// <summary>Whether the key is the shared one or some agent's.</summary>
    public bool IsKeyOfAny(string key)
    {
        ReloadWhenChanged();
        byte[] given = HashOf(key);
        bool isAny = IsEqual(given, _shared);
        foreach (byte[] expected in _keys.Values)
            isAny |= IsEqual(given, expected);
        return isAny;
    }

    /// <summary>Whether the key is the agent's. An agent with a key of its own is not let in with the shared one.</summary>
    public bool IsKeyOf(string agentId, string key)
    {
        ReloadWhenChanged();
        return IsEqual(HashOf(key), _keys.GetValueOrDefault(agentId) ?? _shared);
    }

    /// <summary>As <see cref="IsKeyOf"/>, but what everybody knows is no key, and the registration's secret is one.</summary>
    /// <exception cref="System.Data.Common.DbException">Whether it is the registration's secret cannot be seen at the moment.</exception>
    public async ValueTask<bool> MaySendRepliesAsync(string agentId, string key, CancellationToken cancel)
    {
        ReloadWhenChanged();
        byte[] given = HashOf(key);
        if (_keys.GetValueOrDefault(agentId) is { } own)
            return IsEqual(given, own);
        if (IsEqual(given, _isSharedKnownToAll ? null : _shared))
            return true;
        return key.Length >= LeastLength && IsEqual(given, await secrets.FindAsync(agentId, cancel));
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static bool IsEqual(byte[] given, byte[]? expected) => CryptographicOperations.FixedTimeEquals(given, expected ?? NoKey);

    private void ReloadWhenChanged()
    {
        if (file is null)
            return;
        lock (_gate)
        {
            if (time.GetElapsedTime(_lookedAt) < LookAgain)
                return;
            _lookedAt = time.GetTimestamp();
            string seen;
            try
            {
                seen = AgentKeysFile.ReadText(file);
                if (seen == _seen)
                    return;
                _keys = AgentKeysFile.Parse(file, seen);
                logger.AgentKeysLoaded(_keys.Count, file);
            }
            catch (StartupException e)
            {
                seen = e.Message;
                if (seen != _seen)
                    logger.AgentKeysNotReloaded(e.Message);
            }
            _seen = seen;
        }
    }
}
