using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shared.Hosting.Service;

namespace Shared.Tests.Hosting.Service;

public sealed class ServiceHostTests
{
    private readonly List<string> _events = [];
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Parts_stop_in_the_reverse_of_their_start()
    {
        await using var host = new ServiceHost(NullLogger.Instance, _time);
        Add(host, "a");
        Add(host, "b");
        await host.StopAsync();
        await host.StopAsync();
        Assert.Equal(["start a", "start b", "stop b", "stop a"], _events);
    }

    [Fact]
    public async Task A_part_that_cannot_start_stops_those_before_it()
    {
        await using var host = new ServiceHost(NullLogger.Instance, _time);
        await Assert.ThrowsAsync<StartupException>(() => host.StartAsync<bool>(async () =>
        {
            Add(host, "a");
            await Task.Yield();
            throw new StartupException("no");
        }));
        Assert.Equal(["start a", "stop a"], _events);
    }

    [Fact]
    public async Task A_part_that_hangs_or_fails_keeps_no_other_from_stopping()
    {
        await using var host = new ServiceHost(NullLogger.Instance, _time);
        Add(host, "a");
        host.Add("hanging", _ => new TaskCompletionSource().Task);
        host.Add("failing", _ => throw new InvalidOperationException("broken"));
        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);
        _time.Advance(ServiceHost.DrainTimeout);
        await stop.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        Assert.Equal(["start a", "stop a"], _events);
    }

    [Fact]
    public async Task The_service_is_ready_while_every_part_that_it_needs_runs_and_works()
    {
        string? problem = "b waits";
        await using var host = new ServiceHost(NullLogger.Instance, _time, ("a", "a does not run"), ("b", "b does not run"));
        Assert.Equal(["a does not run", "b does not run"], host.NotReady());
        Add(host, "a");
        host.Add("b", _ => Task.CompletedTask, () => problem);
        Assert.Equal(["b waits"], host.NotReady());
        problem = null;
        Assert.Empty(host.NotReady());
        await host.StopAsync();
        Assert.Equal(["a does not run", "b does not run"], host.NotReady());
    }

    private void Add(ServiceHost host, string name)
    {
        _events.Add($"start {name}");
        host.Add(name, _ =>
        {
            _events.Add($"stop {name}");
            return Task.CompletedTask;
        });
    }
}
