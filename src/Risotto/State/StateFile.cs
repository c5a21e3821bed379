using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records.Wire;

namespace Risotto.State;

/// <summary>
/// Reads the state file and the journals that an earlier process left: PATH, PATH.journal-N. A file that is damaged or has another
/// format is set aside as PATH.corrupted-UNIXSECONDS; it never stops the start.
/// </summary>
internal sealed class StateFile
{
    private const string JournalSuffix = ".journal-";

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly bool _isUsable;

    public StateFile(string path, ILogger logger, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _logger = logger;
        _time = time;
        Seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _isUsable = TryVerify(out var header);
        if (_isUsable)
            (Seed, Number, LastWrittenNs) = (header.Seed, header.Number, header.WrittenNs);
        LastNumber = Journals().Select(journal => journal.Number).Append(Number).Max();
    }

    /// <summary>Secret key of all hashes: the file's, or a new one.</summary>
    public ulong Seed { get; }

    /// <summary>The file's number; 0: no file can be used.</summary>
    public ulong Number { get; }

    /// <summary>The highest number of an existing file or journal.</summary>
    public ulong LastNumber { get; }

    /// <summary>
    /// When the last of the files that have been read was written, nanoseconds since 1970 UTC. Unless the clock was set back meanwhile,
    /// that is after the epoch of the run that wrote it.
    /// </summary>
    public ulong LastWrittenNs { get; private set; }

    /// <summary>The file that keeps the epoch of the last run.</summary>
    public string EpochPath => _path + ".epoch";

    public static string JournalPath(string path, ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}{JournalSuffix}{number:D12}");

    /// <summary>Deletes the journals before <paramref name="number"/>.</summary>
    public static void DeleteJournals(string path, ulong number)
    {
        foreach (var (journal, file) in Journals(path))
        {
            if (journal < number)
                File.Delete(file);
        }
    }

    /// <summary>Gives the routers their routes back. A route of the journals is known again, but its attributes are not.</summary>
    /// <param name="routers">The routers, without sessions yet.</param>
    /// <param name="holdEndsAt">When the routes of routers that did not come back are withdrawn; null: never.</param>
    public void Restore(RouterRegistry routers, TimeSpan? holdEndsAt)
    {
        if (_isUsable)
            Load(routers);
        long keys = Journals()
            .Where(journal => journal.Number >= Number)
            .OrderBy(journal => journal.Number)
            .Sum(journal => Replay(journal.File, routers));
        long routes = 0;
        int known = 0;
        foreach (var router in routers.All())
        {
            foreach (var view in router.Rib!.Views)
                view.Release(holdEndsAt);
            routes += router.Rib.Count.Routes;
            known++;
        }
        _logger.StateLoaded(_path, routes, known, keys);
    }

    // Reads the whole file once, so that no part of a damaged file is used.
    private bool TryVerify(out StateHeader header)
    {
        header = default;
        try
        {
            using var reader = StateReader.Open(_path, isJournal: false, out string? problem);
            if (reader is null)
            {
                SetAside(problem!);
                return false;
            }
            header = reader.Header;
            var last = default(StateBlockKind);
            long before = 0;
            while (reader.TryRead(out var kind, out var payload, out problem))
            {
                last = kind;
                if (kind == StateBlockKind.End)
                    before = MemoryMarshal.Read<long>(payload);
            }
            if (problem is null && (last != StateBlockKind.End || before != reader.Blocks - 1))
                problem = $"it is cut short at byte {reader.Position}";
            if (problem is null)
                return true;
            SetAside(problem);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The first start.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.StateUnreadable(_path, e.Message);
        }
        return false;
    }

    private void SetAside(string problem)
    {
        string aside = string.Create(CultureInfo.InvariantCulture, $"{_path}.corrupted-{_time.GetUtcNow().ToUnixTimeSeconds()}");
        try
        {
            File.Move(_path, aside, overwrite: true);
            _logger.StateSetAside(_path, problem, aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.StateUnreadable(_path, $"{problem}; and it cannot be renamed: {e.Message}");
        }
    }

    private void Load(RouterRegistry routers)
    {
        using var reader = StateReader.Open(_path, isJournal: false, out _)!;
        RouterState? router = null;
        PeerRib? view = null;
        while (reader.TryRead(out var kind, out var payload, out _))
        {
            switch (kind)
            {
                case StateBlockKind.Router:
                    router = routers.FindOrAdd(Ipv6Address.FromV6(payload));
                    router.Rib!.Port = StateBlock.ReadPort(payload);
                    break;
                case StateBlockKind.View:
                    view = router!.Rib!.FindOrAdd(MemoryMarshal.Read<PerPeerHeaderKey>(payload));
                    break;
                case StateBlockKind.Routes when StateBlock.TryReadRoutes(payload, out int family, out var keys, out var routes):
                    view!.FamilyOrNew(family).TryLoad(keys, routes);
                    break;
            }
        }
    }

    private long Replay(string file, RouterRegistry routers)
    {
        long keys = 0;
        try
        {
            using var reader = StateReader.Open(file, isJournal: true, out string? problem);
            LastWrittenNs = Math.Max(LastWrittenNs, reader?.Header.WrittenNs ?? 0);
            while (reader is not null && reader.TryRead(out var kind, out var payload, out problem))
            {
                if (kind == StateBlockKind.Keys)
                    JournalKeys.TryRead(payload, (context, route) => Mark(routers, context, route));
            }
            // A kill leaves a torn last block. Its batch was not sent.
            if (problem is not null)
                _logger.JournalEnds(file, problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.StateUnreadable(file, e.Message);
        }
        return keys;

        void Mark(RouterRegistry table, JournalContext context, in RouteIdentity route)
        {
            keys++;
            var rib = table.FindOrAdd(context.Router).Rib!;
            rib.Port = context.Port;
            rib.FindOrAdd(context.Header).MarkUnknown(context.Family, route, sweepAfter: default);
        }
    }

    private IEnumerable<(ulong Number, string File)> Journals() => Journals(_path);

    private static IEnumerable<(ulong Number, string File)> Journals(string path)
    {
        string folder = Path.GetDirectoryName(path)!, name = Path.GetFileName(path) + JournalSuffix;
        if (!Directory.Exists(folder))
            yield break;
        foreach (string file in Directory.GetFiles(folder, name + "*"))
        {
            if (ulong.TryParse(Path.GetFileName(file)[name.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                yield return (number, file);
        }
    }
}
