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
        await using var host = Host(Part("a"), Part("b"));
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync();
        await host.StopAsync();
        Assert.Equal(["start a", "start b", "stop b", "stop a"], _events);
    }

    [Fact]
    public async Task A_part_that_cannot_start_stops_those_before_it()
    {
        await using var host = Host(Part("a"), new("b", _ => throw new StartupException("no"), _ => Task.CompletedTask), Part("c"));
        await Assert.ThrowsAsync<StartupException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["start a", "stop a"], _events);
    }

    [Fact]
    public async Task A_part_that_hangs_or_fails_keeps_no_other_from_stopping()
    {
        var hanging = new ServicePart("hanging", _ => Task.CompletedTask, _ => new TaskCompletionSource().Task);
        var failing = new ServicePart("failing", _ => Task.CompletedTask, _ => throw new InvalidOperationException("broken"));
        await using var host = Host(Part("a"), hanging, failing);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);
        _time.Advance(ServiceHost.DrainTimeout);
        await stop.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        Assert.Equal(["start a", "stop a"], _events);
    }

    private ServiceHost Host(params ServicePart[] parts) => new(parts, NullLogger.Instance, _time);

    private ServicePart Part(string name) => new(name, _ => Note($"start {name}"), _ => Note($"stop {name}"));

    private Task Note(string what)
    {
        _events.Add(what);
        return Task.CompletedTask;
    }
}
