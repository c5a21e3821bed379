using System.Globalization;
using Microsoft.Extensions.Logging;
using Shared.Delivery.Spool;

namespace Shared.Hosting.Service;

/// <summary>
/// Keeps the epoch of the last run: a file with one decimal number of 20 digits, nanoseconds since 1970 UTC. Readers order records by epoch
/// and sequence, so the epoch of a run is higher than that of every run before it, even if the clock went back. It is kept in the places
/// where a run leaves something to the next one: next to the state file, and in the spool.
/// </summary>
public static partial class EpochFile
{
    private const int MaxBytes = 64;

    /// <summary>
    /// Finds the epoch of this run and writes it to the files: the present time, or the number after the last epoch if that is later.
    /// </summary>
    /// <param name="paths">The files, which need not exist; their folders do.</param>
    /// <param name="lastNs">A time of the last run that is known from elsewhere: an earlier version wrote no such file. 0: none.</param>
    /// <param name="nowNs">The present time.</param>
    /// <param name="logger">Takes the lines about a clock that is late, and about files that cannot be read or written.</param>
    public static ulong Next(IReadOnlyCollection<string> paths, ulong lastNs, ulong nowNs, ILogger logger)
    {
        ulong last = paths.Select(path => Read(path, logger)).Append(lastNs).Max();
        ulong epoch = Math.Max(nowNs, last + 1);
        if (last >= nowNs && last > 0)
            LogClockBehind(logger, (last - nowNs) / 1e9, epoch);
        foreach (string path in paths)
            Write(path, epoch, logger);
        return epoch;
    }

    private static ulong Read(string path, ILogger logger)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> bytes = stackalloc byte[MaxBytes];
            var text = bytes[..RandomAccess.Read(file, bytes, 0)].TrimEnd("\r\n "u8);
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong epoch) && epoch < ulong.MaxValue)
                return epoch;
            LogUnreadable(logger, path, "it holds no number");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The first start.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(logger, path, e.Message);
        }
        return 0;
    }

    private static void Write(string path, ulong epoch, ILogger logger)
    {
        try
        {
            byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(epoch.ToString("D20", CultureInfo.InvariantCulture)), (byte)'\n'];
            // Overwriting needs no room on a full disk.
            using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete);
            RandomAccess.Write(file, text, 0);
            RandomAccess.SetLength(file, text.Length);
            RandomAccess.FlushToDisk(file);
            DirectoryEntries.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(logger, path, e.Message);
        }
    }

    [LoggerMessage(902, LogLevel.Warning, "the clock is {Seconds:F1} s behind an earlier run, or that run's clock was ahead; the epoch " +
        "of this run is {EpochNs}, so that its records come after the earlier ones", EventName = "ClockBehind")]
    private static partial void LogClockBehind(ILogger logger, double seconds, ulong epochNs);

    [LoggerMessage(903, LogLevel.Error, "{Path} cannot be read ({Problem}); if the clock was ahead at the last run, readers order the " +
        "records of this run wrongly", EventName = "EpochUnreadable")]
    private static partial void LogUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(904, LogLevel.Error, "{Path} cannot be written ({Problem}); if the clock goes back before the next start, readers " +
        "order the records of that run wrongly", EventName = "EpochUnwritable")]
    private static partial void LogUnwritable(ILogger logger, string path, string problem);
}
