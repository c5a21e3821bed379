using Microsoft.Extensions.Logging;
using Shared.Hosting.Logging;

namespace Shared.Hosting.Flags;

/// <summary><c>-v</c>, <c>-q</c> and <c>--log-format</c>.</summary>
public sealed class LoggingFlags
{
    private readonly CountFlag _verbose;
    private readonly CountFlag _quiet;
    private readonly Flag<string> _format;

    public LoggingFlags(FlagSet flags)
    {
        _verbose = flags.AddCount("--verbose", "-v", "Log more: -v debug, -vv trace");
        _quiet = flags.AddCount("--quiet", "-q", "Log less: -q warnings, -qq errors, -qqq nothing");
        _format = flags.Add("--log-format", "FORMAT", "text", FlagText.OneOf("text", "json"), "Log lines on stdout as text or as json (one object a line)");
    }

    /// <exception cref="UsageException">Both -v and -q.</exception>
    public LoggingOptions Read(FlagValues values)
    {
        var (verbose, quiet) = (values.Get(_verbose), values.Get(_quiet));
        var (verboseFrom, quietFrom) = (values.SourceOf(_verbose.Flag), values.SourceOf(_quiet.Flag));
        if (verbose > 0 && quiet > 0 && verboseFrom == quietFrom)
            throw new UsageException("-v and -q exclude each other: give one of them");
        // The command line wins over the environment, also across the two.
        int more = verbose > 0 && (quiet == 0 || verboseFrom > quietFrom) ? verbose : -quiet;
        return new LoggingOptions
        {
            Level = more <= -3 ? LogLevel.None : (LogLevel)Math.Max((int)LogLevel.Information - more, (int)LogLevel.Trace),
            Json = values.Get(_format) == "json",
        };
    }
}
