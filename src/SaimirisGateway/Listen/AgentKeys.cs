using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Shared.Hosting;

namespace SaimirisGateway.Listen;

/// <summary>Who may send as which agent: a key of its own from <c>--agent-keys-file</c>, or the shared one. The file is looked at again each second.</summary>
/// <remarks>Keys are kept and compared as SHA-256, in constant time.</remarks>
internal sealed class AgentKeys(string sharedKey, string? file, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly byte[] NoKey = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly byte[]? _shared = sharedKey == GatewayOptions.DefaultAgentKey ? null : SHA256.HashData(Encoding.UTF8.GetBytes(sharedKey));
    private readonly Lock _gate = new();
    private Dictionary<string, byte[]> _keys = [];
    private string? _seen;
    private long _lookedAt;

    /// <summary>Somebody can be let in.</summary>
    public bool IsUsable => _shared is not null || file is not null;

    /// <exception cref="StartupException">The file cannot be used.</exception>
    public void Load()
    {
        if (file is null)
            return;
        string text = AgentKeysFile.ReadText(file);
        _keys = AgentKeysFile.Parse(file, text);
        _seen = text;
        _lookedAt = time.GetTimestamp();
        logger.AgentKeysLoaded(_keys.Count, file);
    }

    /// <summary>Whether <paramref name="key"/> is the agent's. An agent with a key of its own is not let in with the shared one.</summary>
    public bool IsKeyOf(string agentId, ReadOnlySpan<char> key)
    {
        ReloadWhenChanged();
        byte[] given = SHA256.HashData(Encoding.UTF8.GetBytes(key.ToArray()));
        byte[]? expected = _keys.GetValueOrDefault(agentId) ?? _shared;
        bool isEqual = CryptographicOperations.FixedTimeEquals(given, expected ?? NoKey);
        return isEqual && expected is not null;
    }

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
