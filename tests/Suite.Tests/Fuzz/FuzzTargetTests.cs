using System.Reflection;

namespace Suite.Tests.Fuzz;

/// <summary>
/// Runs the targets on seeded mutations of the captures. A failure names its seed and iteration; FUZZ_SEED and FUZZ_ITERATIONS choose
/// others, and a longer run.
/// </summary>
public sealed class FuzzTargetTests
{
#if DEBUG
    private const int PerMille = 20;
#else
    private const int PerMille = 1000;
#endif

    [Fact]
    public async Task Bmp_survives_a_million_mutations_of_the_captures()
    {
        var corpus = BmpCorpus.Captured;
        Assert.NotEmpty(corpus.Streams);
        await FuzzRun.RunAsync(FuzzTargets.Bmp, corpus.Compose, 1000 * PerMille);
    }

    [Fact]
    public async Task Pcap_survives_mutated_files()
    {
        var corpus = new PcapCorpus();
        await FuzzRun.RunAsync(FuzzTargets.Pcap, corpus.Compose, 200 * PerMille);
    }

    [Fact]
    public async Task CapnProto_survives_mutated_records()
    {
        var corpus = new RecordCorpus();
        await FuzzRun.RunAsync(FuzzTargets.CapnProto, corpus.Compose, 500 * PerMille);
    }

    [Fact]
    public async Task ReplyPcap_survives_a_million_mutations()
    {
        var corpus = new ReplyPcapCorpus();
        await FuzzRun.RunAsync(FuzzTargets.ReplyPcap, corpus.Compose, 1000 * PerMille);
    }

    [Fact]
    public async Task ReplyMessages_survives_a_million_mutations()
    {
        var corpus = new ReplyMessageCorpus();
        await FuzzRun.RunAsync(FuzzTargets.ReplyMessages, corpus.Compose, 1000 * PerMille);
    }

    [Fact]
    public async Task SFlow_survives_a_million_mutations_of_the_captures()
    {
        var corpus = new SFlowCorpus();
        await FuzzRun.RunAsync(FuzzTargets.SFlow, corpus.Compose, 1000 * PerMille);
    }

    [Fact]
    public void Every_target_has_a_test()
    {
        var tests = GetType().GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).Select(m => m.Name).ToList();
        var targets = typeof(FuzzTargets).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly);
        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.Contains(tests, test => test.StartsWith(target.Name + '_', StringComparison.Ordinal)));
    }
}
