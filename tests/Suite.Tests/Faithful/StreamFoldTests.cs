using System.Globalization;

namespace Suite.Tests.Faithful;

/// <summary>
/// Generated streams: the records make the table that the wire says. FAITHFUL_STREAMS is how many, over all kinds of faults; FAITHFUL_SEED
/// is the first seed. FAITHFUL_SHOW=1 shows the failures of kinds that known-faults.txt lists, too.
/// </summary>
public class StreamFoldTests
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    public static TheoryData<string> Faults => [.. Kinds.Select(kind => kind.ToString())];

    [Theory]
    [MemberData(nameof(Faults))]
    public void The_records_make_the_table_that_the_wire_says(string fault)
    {
        var kind = Enum.Parse<FaultKind>(fault);
        var collector = new CollectorRun();
        // A listed fault must have a chance to show itself.
        ulong atLeast = KnownFaults.IsListed($"streams {fault}") ? 90ul : 1;
        ulong first = Number("FAITHFUL_SEED", 1), streams = Math.Max(atLeast, Number("FAITHFUL_STREAMS", 3_000) / (ulong)Kinds.Length);
        List<string> failure = [];
        for (ulong seed = first; seed < first + streams && failure.Count == 0; seed++)
        {
            var stream = StreamGenerator.Make(seed, kind);
            if (GeneratedStream.Differences(stream.Events, stream.PathIds, collector).Count == 0)
                continue;
            var events = GeneratedStream.Minimised(stream, collector);
            var differences = GeneratedStream.Differences(events, stream.PathIds, collector);
            failure = [$"FAITHFUL_SEED={seed}", .. differences, .. events.Select(e => e.ToString())];
        }
        KnownFaults.Check($"streams {fault}", failure);
    }

    /// <summary>A generator whose streams have no routes would test nothing.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public void Generated_streams_leave_routes_and_are_the_same_every_time(string fault)
    {
        const int streams = 30;
        int routes = 0;
        for (ulong seed = 1; seed <= streams; seed++)
        {
            var stream = StreamGenerator.Make(seed, Enum.Parse<FaultKind>(fault));
            var again = StreamGenerator.Make(seed, Enum.Parse<FaultKind>(fault));
            Assert.Equal(stream.Events.Select(e => e.ToString()), again.Events.Select(e => e.ToString()));
            var fold = new WireFold(stream.PathIds);
            foreach (var step in stream.Events)
            {
                if (step.Kind == StreamEventKind.Open)
                    fold.Open(step.Router);
                else if (step.Kind == StreamEventKind.Message)
                    fold.Add(step.Session, step.Bytes);
            }
            routes += fold.Table().Count;
        }
        Assert.True(routes > 3 * streams, $"{routes} routes in {streams} streams");
    }

    private static ulong Number(string variable, ulong otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
