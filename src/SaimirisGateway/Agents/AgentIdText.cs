using System.Text;

namespace SaimirisGateway.Agents;

/// <summary>The rules for an agent's id.</summary>
internal static class AgentIdText
{
    /// <summary>The length of the registry's column, in bytes of UTF-8.</summary>
    public const int MaxBytes = 255;

    /// <summary>
    /// True if an agent may register as <paramref name="id"/>. A path cannot name an id with a slash for certain: it keeps %2F as it is.
    /// </summary>
    public static bool CanRegister(string id) => HasLength(id) && !id.Any(c => char.IsControl(c) || c is '/' or '%');

    /// <summary>True if the store can be asked for <paramref name="id"/>: PostgreSQL accepts no NUL in a text.</summary>
    public static bool IsStorable(string id) => HasLength(id) && !id.Contains('\0');

    private static bool HasLength(string id) => Encoding.UTF8.GetByteCount(id) is > 0 and <= MaxBytes;
}
