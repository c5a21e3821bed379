using System.Runtime.InteropServices;
using Shared.Hosting.Service;

namespace Shared.Hosting.Flags;

/// <summary>The directory for files that outlive a process, unless a flag names another path.</summary>
public static partial class StateDirectory
{
    private const int WriteOk = 2;

    /// <summary>
    /// The first of: <c>$STATE_DIRECTORY</c>, which systemd sets; <c>/var/lib/PROGRAM</c> for root and for anyone who may write there;
    /// <c>$XDG_STATE_HOME/PROGRAM</c>, which is <c>~/.local/state/PROGRAM</c> when the variable is not set.
    /// </summary>
    /// <param name="program">The program's name.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <returns>An absolute path. The directory need not exist.</returns>
    public static string Find(string program, Func<string, string?> environment) =>
        Find(program, environment, Environment.IsPrivilegedProcess, IsWritable);

    internal static string Find(string program, Func<string, string?> environment, bool isRoot, Func<string, bool> isWritable)
    {
        // Several directories have a colon between them; the first is the service's own.
        if (environment("STATE_DIRECTORY")?.Split(':')[0] is { Length: > 0 } given)
            return Path.GetFullPath(given);
        string system = $"/var/lib/{program}";
        if (isRoot || isWritable(system))
            return system;
        // The XDG specification says to ignore relative paths.
        if (environment("XDG_STATE_HOME") is { } state && Path.IsPathFullyQualified(state))
            return Path.Combine(state, program);
        return environment("HOME") is { } home && Path.IsPathFullyQualified(home) ? Path.Combine(home, ".local", "state", program) : system;
    }

    /// <summary>Creates the directory of a flag's path, unless it exists.</summary>
    /// <exception cref="StartupException">It cannot be created; the message names the flag.</exception>
    public static void Create(string flag, string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"{flag}: the directory {directory} cannot be created ({e.Message}); name a path that the service may write to", e);
        }
    }

    private static bool IsWritable(string directory) => !OperatingSystem.IsWindows() && Access(directory, WriteOk) == 0;

    // access(2). .NET has no call that checks this without writing.
    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
