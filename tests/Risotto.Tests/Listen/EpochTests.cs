using Microsoft.Extensions.Time.Testing;
using Risotto.Curate;
using Risotto.Tests.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace Risotto.Tests.Listen;

/// <summary>The records of a run come after those of the run before it, whatever the clock says.</summary>
public sealed class EpochTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(55);

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-epoch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clock_that_was_ahead_at_the_last_run_changes_nothing(bool losesTheEpochFile)
    {
        var first = await RunAsync(Start.AddDays(1));
        // An earlier version wrote none; the state file knows when it was written.
        if (losesTheEpochFile)
            File.Delete(Path.Combine(_folder, "state.bin.epoch"));
        var second = await RunAsync(Start);
        var third = await RunAsync(Start.AddHours(1));
        var fourth = await RunAsync(Start.AddDays(2));
        ulong[] epochs = [first.Epoch, second.Epoch, third.Epoch, fourth.Epoch];
        Assert.Equal(epochs.Order(), epochs);
        Assert.Equal(4, epochs.Distinct().Count());
        Assert.Equal((ulong)Start.AddDays(2).ToUnixTimeSeconds() * 1_000_000_000, fourth.Epoch);
        Assert.Equal([false, true, true, false], [first.IsWarned, second.IsWarned, third.IsWarned, fourth.IsWarned]);
    }

    private async Task<(ulong Epoch, bool IsWarned)> RunAsync(DateTimeOffset now)
    {
        var options = Collector.LoopbackOptions with
        {
            Curation = new CurationOptions { StatePath = Path.Combine(_folder, "state.bin"), Refresh = TimeSpan.FromSeconds(1) },
        };
        await using var collector = await Collector.StartAsync(options, time: new FakeTimeProvider(now));
        await collector.SendAsync(new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Bytes);
        await collector.Service.StopAsync();
        var batch = ((MemorySink)collector.Sink).Batches[0];
        Assert.True(new MessageReader().TryRead(batch.Value.Span, out var record, out _));
        return (new UpdateRecord(record).CollectorEpochNs,
            collector.Log.Warnings.Any(line => line.StartsWith("the clock is", StringComparison.Ordinal)));
    }
}
