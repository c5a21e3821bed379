using System.Security.Cryptography;
using System.Text;
using SaimirisGateway.Agents;
using Shared.Hosting.Service;

namespace SaimirisGateway.Auth;

/// <summary>Reads the keys file: lines of "ID KEY". It skips empty lines and lines that begin with #.</summary>
internal static class AgentKeysFile
{
    private const int MaxFileBytes = 16 << 20;

    /// <exception cref="StartupException">The file cannot be read or used. The message names the line.</exception>
    public static Dictionary<string, byte[]> Read(string path) => Parse(path, ReadText(path));

    public static string ReadText(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
            {
                throw new StartupException(
                    $"--agent-keys-file: {path} has more than {MaxFileBytes} bytes; give a file of lines with an id and a key");
            }
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartupException($"--agent-keys-file: {path} cannot be read ({e.Message}); give a file that the user may read", e);
        }
    }

    public static Dictionary<string, byte[]> Parse(string path, string text)
    {
        var keys = new Dictionary<string, byte[]>();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            // The message never contains the key: it is written to the log.
            if (words.Length != 2)
                throw new StartupException($"--agent-keys-file: {path} line {number}: has to be an id and a key with space between");
            if (Encoding.UTF8.GetByteCount(words[0]) > AgentIdText.MaxBytes || words[1].Length < AgentKeys.MinLength)
            {
                throw new StartupException(
                    $"--agent-keys-file: {path} line {number}: an id has at most {AgentIdText.MaxBytes} bytes, "
                    + $"a key at least {AgentKeys.MinLength} characters");
            }
            if (!keys.TryAdd(words[0], SHA256.HashData(Encoding.UTF8.GetBytes(words[1]))))
                throw new StartupException($"--agent-keys-file: {path} line {number}: {words[0]} is in the file twice; leave one");
        }
        return keys;
    }
}
