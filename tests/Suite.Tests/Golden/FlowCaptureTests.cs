using Suite.Tests.Replay;

namespace Suite.Tests.Golden;

/// <summary>Compares the records of every sFlow capture with tshark's reading, flow sample by flow sample.</summary>
public class FlowCaptureTests
{
    public static TheoryData<string> Captures => [.. FlowCaptures.Names];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Flow_samples_agree_with_the_oracle(string capture)
    {
        var oracle = FlowCaptures.Oracle(capture)!.Value;
        var expected = OracleFlow.ReadAll(oracle).ToList();
        var run = await ReplayRun.RunAsync("decode", FlowCaptures.PathOf(capture), "--service", "pesto", "--include-ipv4");
        Assert.Equal(expected.Count, run.Records.Count);
        foreach (var (flow, record) in expected.Zip(run.Records))
        {
            foreach (var (field, value) in flow.Fields)
                Assert.True(record.GetProperty(field).ToString() == value,
                    $"frame {flow.Frame}: {field} is {record.GetProperty(field)}, the oracle says {value}: {record}");
        }
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Samples_of_every_kind_are_as_many_as_the_walker_finds(string capture)
    {
        var oracle = FlowCaptures.Oracle(capture)!.Value;
        var samples = oracle.GetProperty("second_opinion").GetProperty("counts").GetProperty("samples").EnumerateObject()
            .ToDictionary(s => s.Name, s => s.Value.GetInt32());
        var run = await ReplayRun.RunAsync("decode", FlowCaptures.PathOf(capture), "--service", "pesto", "--include-ipv4");
        int flowsAndCounters = samples.Where(s => s.Key is "0:1" or "0:2" or "0:3" or "0:4").Sum(s => s.Value);
        Assert.Equal(flowsAndCounters, run.Summary.GetProperty("messages").GetInt32());
        run.Summary.GetProperty("skipped").TryGetProperty("discarded_packet", out var discarded);
        Assert.Equal(samples.GetValueOrDefault("0:5"), discarded.ValueKind == default ? 0 : discarded.GetInt32());
        Assert.Equal("{}", run.Summary.GetProperty("errors").ToString());
    }
}
