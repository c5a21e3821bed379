using Suite.Tests.Records;

namespace Suite.Tests.Faithful;

/// <summary>
/// The cases of tests/Captures/cases/bmp, whose README says what each router reports. The fold of the wire is checked against a table
/// written by hand, and the records against the fold.
/// </summary>
public class CaseFoldTests
{
    public static TheoryData<string> Cases => [.. CaseTables.Expected.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_fold_of_the_wire_is_the_expected_table(string name)
    {
        var fold = new WireFold(CaseTables.PathIds(name));
        fold.Open(CaseTables.Router);
        foreach (byte[] part in Parts(name))
            fold.Add(0, part);
        var lines = fold.Table().Select(r => $"{Short(r.Key)}: {r.Value}").Order(StringComparer.Ordinal);
        Assert.Equal(CaseTables.Expected[name].Order(StringComparer.Ordinal), lines);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_records_make_the_table_that_the_wire_says(string name)
    {
        var run = new FoldRun(new CollectorRun(), CaseTables.PathIds(name));
        int session = run.Open(CaseTables.Router);
        foreach (byte[] part in Parts(name))
        {
            run.Add(session, part);
            run.Wait(8);
        }
        KnownFaults.Check($"case {name}", run.Differences());
    }

    [Fact]
    public void Every_case_file_is_used()
    {
        var files = Directory.EnumerateFiles(Folder, "*.bin").Select(file => Path.GetFileNameWithoutExtension(file)!);
        var used = CaseTables.Expected.Keys.SelectMany(name => Files(name).Select(file => Path.GetFileNameWithoutExtension(file)!));
        Assert.Equal(files.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    private static string Folder => Path.Combine(RepositoryFolder.Captures, "cases", "bmp");

    private static IEnumerable<byte[]> Parts(string name) => Files(name).Select(File.ReadAllBytes);

    // A case in parts has 8 seconds between them, in one session.
    private static IEnumerable<string> Files(string name)
    {
        string whole = Path.Combine(Folder, name + ".bin");
        return File.Exists(whole) ? [whole] : Directory.EnumerateFiles(Folder, name + "-part*.bin").Order(StringComparer.Ordinal);
    }

    private static string Short(RouteKey route)
    {
        var (peer, view, afi, safi) = route.Rib;
        string distinguisher = safi == 128 ? $" RD {route.RouteDistinguisher:x16}" : "";
        string session = peer.Session.Length > 0 ? " " + peer.Session : "", pathId = route.PathId is { } id ? $" id {id}" : "";
        return $"{peer.Address}{session} view {view} {afi}/{safi}{distinguisher} {route.Prefix}{pathId}";
    }
}
