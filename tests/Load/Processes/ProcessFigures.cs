using System.Globalization;

namespace Load.Processes;

/// <summary>Reads what Linux counts about another process.</summary>
internal static class ProcessFigures
{
    // USER_HZ, which /proc counts in, is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Returns user and system time together.</summary>
    public static TimeSpan CpuTime(int process)
    {
        // The second field is the name in parentheses, which may hold blanks; 14 and 15 are utime and stime.
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan
            .FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>Returns the resident memory in bytes, now and at its highest.</summary>
    public static (long Now, long Highest) ResidentMemory(int process)
    {
        var lines = File.ReadLines($"/proc/{process}/status").ToArray();
        return (Bytes("VmRSS:"), Bytes("VmHWM:"));

        long Bytes(string name) =>
            1024 * long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1],
                CultureInfo.InvariantCulture);
    }
}
