using System.Net;
using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Tests.Listen;

namespace Risotto.Tests.Curate;

/// <summary>The state file over restarts: what is whole is used, what is not is set aside, and the start goes on.</summary>
public sealed class StateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-state-").FullName;
    private readonly RecordedLog _log = new();

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string StatePath => Path.Combine(_folder, "state.bin");

    [Fact]
    public async Task Every_kind_of_route_is_there_again_after_an_orderly_restart()
    {
        long routes = await WriteAsync();
        Assert.True(routes > 200);
        Assert.Equal(routes, Restore().All().Sum(router => router.Rib!.Count.Routes));
    }

    [Fact]
    public async Task A_file_that_is_cut_or_changed_anywhere_is_set_aside_and_nothing_of_it_is_used()
    {
        await WriteAsync();
        byte[] whole = await File.ReadAllBytesAsync(StatePath, TestContext.Current.CancellationToken);
        foreach (string journal in Directory.GetFiles(_folder, "*.journal-*"))
            File.Delete(journal);
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. whole];
            if (i % 2 == 0)
                damaged = damaged[..random.Next(whole.Length)];
            else
                damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(StatePath, damaged, TestContext.Current.CancellationToken);
            Assert.Equal(0, Restore().All().Sum(router => router.Rib!.Count.Routes));
            Assert.False(File.Exists(StatePath));
            string aside = Assert.Single(Directory.GetFiles(_folder, "state.bin.corrupted-*"));
            Assert.Equal(damaged, await File.ReadAllBytesAsync(aside, TestContext.Current.CancellationToken));
            File.Delete(aside);
        }
    }

    [Fact]
    public async Task The_first_versions_file_is_set_aside_with_a_clear_line()
    {
        // What the service's first version wrote: varints, without a mark.
        await File.WriteAllBytesAsync(StatePath, [1, 0, 192, 0, 2, 1, 1, 0, 192, 0, 2, 9, 0], TestContext.Current.CancellationToken);
        Assert.Empty(Restore().All());
        Assert.Contains(_log.Warnings, line =>
            line.Contains("does not begin as a state file", StringComparison.Ordinal)
                && line.Contains("state.bin.corrupted-", StringComparison.Ordinal));
    }

    [Fact]
    public void No_file_is_the_first_start()
    {
        Assert.Empty(Restore().All());
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task A_file_takes_its_place_when_the_records_before_its_end_are_acknowledged()
    {
        var topic = new ModelTopic { Holds = true };
        var router = new ModelRouter(0, IPAddress.Loopback.ToString(), seed: 4);
        await using var collector = new ModelCollector(StatePath, 1, new CurationOptions(), topic);
        router.Connect(collector, endsOfRib: false);
        for (int i = 0; i < 100; i++)
            router.Step();
        collector.Updates.CloseDue(always: true);
        var file = collector.BeginStateAsync();
        while (topic.Held == 0)
            await Task.Yield();
        for (int i = 0; i < 100; i++)
        {
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            Assert.False(file.IsCompleted || File.Exists(StatePath), "a route of the file may not be in the topic yet");
        }
        topic.Acknowledge();
        await EndAsync(collector, file);
        Assert.True(File.Exists(StatePath));
    }

    [Fact]
    public async Task A_file_whose_records_are_given_up_meanwhile_does_not_take_its_place_and_the_next_one_does()
    {
        var topic = new ModelTopic { Holds = true };
        var router = new ModelRouter(0, IPAddress.Loopback.ToString(), seed: 5);
        await using var collector = new ModelCollector(StatePath, 1, new CurationOptions(), topic);
        router.Connect(collector, endsOfRib: false);
        for (int i = 0; i < 100; i++)
            router.Step();
        collector.Updates.CloseDue(always: true);
        var file = collector.BeginStateAsync();
        while (topic.Held == 0)
            await Task.Yield();
        topic.Refuses = 1;
        topic.Acknowledge();
        await EndAsync(collector, file);
        Assert.False(File.Exists(StatePath), "routes of the file are not in the topic");
        await EndAsync(collector, collector.BeginStateAsync());
        Assert.True(File.Exists(StatePath));
    }

    // What waits in it waits for its clock.
    private static async Task EndAsync(ModelCollector collector, Task file)
    {
        while (!file.IsCompleted)
        {
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await file;
    }

    private RouterRegistry Restore()
    {
        var file = new StateFile(StatePath, _log, TimeProvider.System);
        var curation = new Curation(new CurationOptions(), file.Seed);
        var routers = new RouterRegistry(int.MaxValue, int.MaxValue, curation);
        file.Restore(routers, TimeSpan.FromSeconds(1));
        return routers;
    }

    private async Task<long> WriteAsync()
    {
        var router = new ModelRouter(0, IPAddress.Loopback.ToString(), seed: 3);
        await using var collector = new ModelCollector(StatePath, 1, new CurationOptions(), new ModelTopic());
        router.Connect(collector, endsOfRib: false);
        for (int i = 0; i < 3000; i++)
            router.Step();
        router.EndWaiting();
        return collector.StateOf(router.Address).Rib!.Count.Routes;
    }
}
