using Microsoft.Extensions.Logging;
using Shared.Hosting.Logging;

namespace Shared.Hosting.Flags;

/// <summary><c>-v</c>, <c>-q</c> and <c>--log-format</c>.</summary>
public static class LoggingFlags
{
    /// <exception cref="UsageException">Both -v and -q are given.</exception>
    public static LoggingOptions Read(FlagReader flags)
    {
        flags.Group("Logging");
        int verbose = flags.Count("--verbose", "-v", "Log more: -v debug, -vv trace");
        int quiet = flags.Count("--quiet", "-q", "Log less: -q warnings, -qq errors, -qqq nothing");
        var (verboseFrom, quietFrom) = (flags.SourceOf("--verbose"), flags.SourceOf("--quiet"));
        if (verbose > 0 && quiet > 0 && verboseFrom == quietFrom)
            throw new UsageException("-v and -q exclude each other: give one of them");
        // The command line wins over the environment, also across the two.
        int more = verbose > 0 && (quiet == 0 || verboseFrom > quietFrom) ? verbose : -quiet;
        return new LoggingOptions
        {
            Level = more <= -3 ? LogLevel.None : (LogLevel)Math.Max((int)LogLevel.Information - more, (int)LogLevel.Trace),
            Json = flags.Get("--log-format", "FORMAT", "text", FlagText.OneOf("text", "json"),
                "Format of the log lines on stdout: text, or json with one object a line") == "json",
        };
    }
}
