using Suite.Tests.Golden;

namespace Suite.Tests.Faithful;

/// <summary>Captures of real routers: the table that the records make is the table that the wire says.</summary>
public class CaptureFoldTests
{
    public static TheoryData<string> Captures => [.. CaptureFiles.Bmp];

    [Theory]
    [MemberData(nameof(Captures))]
    public void The_records_make_the_table_that_the_wire_says(string capture)
    {
        var run = new FoldRun(new CollectorRun(), CaptureTruths.PathIds(capture));
        var sessions = new Dictionary<int, int>();
        foreach (var piece in CollectorRun.ReadCapture(CaptureFiles.PathOf(capture)))
        {
            run.Now = Math.Max(run.Now, piece.TimeNs);
            if (!sessions.TryGetValue(piece.Stream, out int session))
                sessions[piece.Stream] = session = run.Open(piece.Router);
            if (piece.Resumes)
                run.Lose(session);
            run.Add(session, piece.Bytes);
            if (piece.Ends)
                run.Close(session);
        }
        KnownFaults.Check($"capture {capture}", run.Differences());
    }

    /// <summary>The fold itself against tshark's reading, stream by stream. Of VPN routes the oracle files hold too little.</summary>
    [Theory]
    [MemberData(nameof(Captures))]
    public void The_fold_of_the_wire_agrees_with_tshark(string capture)
    {
        var streams = new SortedDictionary<int, WireFold>();
        foreach (var piece in CollectorRun.ReadCapture(CaptureFiles.PathOf(capture)))
        {
            if (!streams.TryGetValue(piece.Stream, out var fold))
            {
                streams[piece.Stream] = fold = new WireFold(CaptureTruths.PathIds(capture));
                fold.Open(piece.Router);
            }
            if (piece.Resumes)
                fold.Lose(0);
            fold.Add(0, piece.Bytes);
        }
        var oracle = OracleCapture.Find(CaptureFiles.PathOf(capture))!.Streams.Select(OracleFold.Of).ToList();
        var folds = streams.Values.Select(fold => OracleFold.Of(fold.Table())).ToList();
        Assert.Equal(oracle.Count, folds.Count);
        var differences = new List<string>();
        foreach (var (expected, actual) in oracle.Zip(folds))
        {
            differences.AddRange(expected.Keys.Except(actual.Keys).Select(route => $"missing: {route}"));
            differences.AddRange(actual.Keys.Except(expected.Keys).Select(route => $"extra: {route}"));
            differences.AddRange(from route in expected
                                 where actual.ContainsKey(route.Key)
                                 from value in route.Value
                                 where actual[route.Key][value.Key] != value.Value
                                 select $"{route.Key}: {value.Key} {actual[route.Key][value.Key]}, tshark has {value.Value}");
        }
        Assert.True(differences.Count == 0, $"{differences.Count} differences, the first:\n{string.Join('\n', differences.Take(40))}");
    }
}
