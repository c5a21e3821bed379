using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;

namespace SaimirisGateway.Auth;

/// <summary>
/// Decides which key is an agent's: its own key from <c>--agent-keys-file</c>, else the shared key. Replies may come with the secret of the
/// agent's registration too. The file is read again each second.
/// </summary>
/// <remarks>Keys are stored and compared as SHA-256, in constant time.</remarks>
/// <param name="sharedKey">The key of all agents; null when there is none.</param>
/// <param name="file">The path of the keys file; null when no agent has a key of its own.</param>
/// <param name="secrets">The secrets of the registered agents.</param>
internal sealed class AgentKeys(string? sharedKey, string? file, RegistrationSecrets secrets, ILogger logger, TimeProvider time)
{
    /// <summary>
    /// The default of <c>--agent-key</c>, which everybody knows. The service's first version had it, and replies are refused with it.
    /// </summary>
    public const string DefaultKey = "agent-key";

    /// <summary>No agent's own key or secret is shorter.</summary>
    public const int MinLength = 8;

    private static readonly TimeSpan ReloadPeriod = TimeSpan.FromSeconds(1);
    private static readonly byte[] NoKey = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly byte[]? _shared = sharedKey is null ? null : Hash(sharedKey);
    private readonly bool _isSharedKnownToAll = sharedKey == DefaultKey;
    private readonly Lock _gate = new();
    private Dictionary<string, byte[]> _keys = [];
    private string? _lastText;
    private long _readAt;

    /// <summary>Reads the file for the first time.</summary>
    /// <exception cref="StartupException">The file cannot be used.</exception>
    public void Load()
    {
        if (_isSharedKnownToAll)
            logger.NoAgentKey();
        if (file is null)
            return;
        string text = AgentKeysFile.ReadText(file);
        _keys = AgentKeysFile.Parse(file, text);
        _lastText = text;
        _readAt = time.GetTimestamp();
        logger.AgentKeysLoaded(_keys.Count, file);
    }

    /// <summary>True if the key is the shared key or any agent's own.</summary>
    public bool IsKeyOfAny(string key)
    {
        ReloadWhenChanged();
        byte[] given = Hash(key);
        bool isAny = IsEqual(given, _shared);
        foreach (byte[] expected in _keys.Values)
            isAny |= IsEqual(given, expected);
        return isAny;
    }

    /// <summary>True if the key is the agent's. An agent with a key of its own cannot use the shared key.</summary>
    public bool IsKeyOf(string agentId, string key)
    {
        ReloadWhenChanged();
        return IsEqual(Hash(key), _keys.GetValueOrDefault(agentId) ?? _shared);
    }

    /// <summary>Like <see cref="IsKeyOf"/>, but it refuses the default key and accepts the secret of the agent's registration.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, and only it knows the secret.</exception>
    public async ValueTask<bool> MaySendRepliesAsync(string agentId, string key, CancellationToken cancel)
    {
        ReloadWhenChanged();
        byte[] given = Hash(key);
        if (_keys.GetValueOrDefault(agentId) is { } own)
            return IsEqual(given, own);
        if (IsEqual(given, _isSharedKnownToAll ? null : _shared))
            return true;
        return key.Length >= MinLength && IsEqual(given, await secrets.FindAsync(agentId, cancel));
    }

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static bool IsEqual(byte[] given, byte[]? expected) => CryptographicOperations.FixedTimeEquals(given, expected ?? NoKey);

    private void ReloadWhenChanged()
    {
        if (file is null)
            return;
        lock (_gate)
        {
            if (time.GetElapsedTime(_readAt) < ReloadPeriod)
                return;
            _readAt = time.GetTimestamp();
            string text;
            try
            {
                text = AgentKeysFile.ReadText(file);
                if (text == _lastText)
                    return;
                _keys = AgentKeysFile.Parse(file, text);
                logger.AgentKeysLoaded(_keys.Count, file);
            }
            catch (StartupException e)
            {
                // The message takes the place of the text, so that the same problem is logged once.
                text = e.Message;
                if (text != _lastText)
                    logger.AgentKeysNotReloaded(e.Message);
            }
            _lastText = text;
        }
    }
}
