using Suite.Tests.Records;
using Xunit;

namespace Suite.Tests.Golden;

/// <summary>Every capture of real routers through the real pipeline, read back by the capnp tool, against tshark's reading of it.</summary>
public class CaptureTests
{
    private const int ShownDifferences = 40;

    public static TheoryData<string> Captures => [.. CaptureFiles.Bmp];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Records_agree_with_tshark_message_by_message(string capture)
    {
        string file = CaptureFiles.PathOf(capture);
        var oracle = OracleCapture.Beside(file)!.Streams;
        var streams = CaptureRun.Of(file).Streams;
        Assert.Equal(oracle.Count, streams.Count);

        var comparison = new OracleComparison(Path.GetFileName(capture));
        foreach (var (expected, stream) in oracle.Zip(streams))
            comparison.Compare(expected, stream, await stream.RecordsAsync(TestContext.Current.CancellationToken));

        var differences = comparison.Differences;
        Assert.True(differences.Count == 0,
            $"{differences.Count} disagreements, the first:\n{string.Join('\n', differences.Take(ShownDifferences))}");
        Assert.Equal(oracle.Sum(s => s.Sum(m => m.Announced.Count + m.Withdrawn.Count)), comparison.RoutesCompared);
    }

    [Fact]
    public void The_repository_holds_captures_of_three_implementations() =>
        Assert.True(Directory.EnumerateFiles(RepositoryFolder.Captures, "*.pcap*", SearchOption.AllDirectories).Count() >= 3);
}
