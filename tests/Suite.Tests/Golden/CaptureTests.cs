using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>
/// Passes every capture of real routers to the pipeline, reads the records with the capnp tool and compares them with tshark's reading.
/// </summary>
[Trait("Needs", "Time")]
public class CaptureTests
{
    private const int ShownDifferences = 40;

    public static TheoryData<string> Captures => [.. CaptureFiles.Bmp];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Records_agree_with_tshark_message_by_message(string capture)
    {
        string file = CaptureFiles.PathOf(capture);
        var oracle = OracleCapture.Find(file)!.Streams;
        var streams = CaptureRun.Play(file).Streams;
        Assert.Equal(oracle.Count, streams.Count);

        var comparison = new OracleComparison(Path.GetFileName(capture));
        foreach (var (expected, stream) in oracle.Zip(streams))
            comparison.Compare(expected, stream, await stream.RecordsAsync(TestContext.Current.CancellationToken));

        var differences = comparison.Differences;
        Assert.True(differences.Count == 0,
            $"{differences.Count} disagreements, the first:\n{string.Join('\n', differences.Take(ShownDifferences))}");
        Assert.Equal(oracle.Sum(s => s.Sum(m => m.Announced.Count + m.Withdrawn.Count)), comparison.RoutesCompared);
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_record_is_accounted_for(string capture)
    {
        foreach (var stream in CaptureRun.Play(CaptureFiles.PathOf(capture)).Streams)
        {
            var open = stream.Accounts.Balances();
            Assert.All(open.Values, balance => Assert.Equal(0, balance.Unaccounted));
            Assert.Equal(stream.Counters.RoutesReceived, open["updates"].Decoded);
            Assert.NotEqual(0, open["peers"].InFlight);

            stream.Values();
            var rest = stream.Accounts.Balances();
            Assert.All(rest.Values, balance => Assert.Equal((0, 0), (balance.Unaccounted, balance.InFlight)));
            Assert.Equal(stream.Counters.RoutesReceived, rest["updates"].Acked);
            Assert.Equal(open["peers"].Decoded, rest["peers"].Dropped["kafka_disabled"]);
        }
    }

    [Fact]
    public void The_repository_holds_captures_of_three_implementations() =>
        Assert.True(Directory.EnumerateFiles(RepositoryFolder.Captures, "*.pcap*", SearchOption.AllDirectories).Count() >= 3);
}
