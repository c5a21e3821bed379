using Load.Send;

namespace EndToEnd.Tests.Faults;

/// <summary>Tests many connections that send a byte a second, and a router that sends much.</summary>
[Collection(nameof(FullLoad))]
public sealed class SlowSenderTests
{
    private const int Connections = 1000, Pairs = 2;
    private const long MostMemory = 64_000_000;

    [Fact]
    public async Task A_thousand_connections_that_send_a_byte_a_second_cost_no_session_and_little_memory()
    {
        await using var risotto = await RisottoProcess.StartAsync("--kafka-disable", "--bmp-max-sessions", "2000");
        var comparison = new SlowSendersComparison(risotto, Connections, TimeSpan.FromSeconds(2));
        var pairs = await comparison.RunAsync(Pairs);
        // The benchmark `slow-senders` measures the speed.
        foreach (var pair in pairs)
            FaultRun.Say($"{pair.Alone:F0}/s alone, {pair.WithSlow:F0}/s with them, {pair.Memory / 1e6:F1} MB more");
        Assert.Equal(0, comparison.Closed);
        Assert.InRange(pairs.Max(pair => pair.Memory), long.MinValue, MostMemory);
    }
}
