using SaimirisGateway.Storage;

namespace SaimirisGateway.Tests.Storage;

public abstract partial class StoreTests
{
    private static readonly byte[] Secret = Convert.FromHexString(HashOf("secret")),
        OtherSecret = Convert.FromHexString(HashOf("another secret"));

    [Fact]
    public async Task An_agent_that_registers_configures_and_reports_its_health_is_the_same_after_a_restart()
    {
        Assert.True(await _store.RegisterAgentAsync("ams", Secret, Noon, Cancel));
        var registered = await _store.FindAgentAsync("ams", Cancel);
        Assert.Equal(new StoredAgent("ams", registered!.SecretHash, null, null, Noon), registered);
        Assert.Equal(Secret, registered.SecretHash);

        var health = new AgentHealth(true, Noon.AddTicks(10), "fine");
        Assert.True(await _store.SetAgentConfigAsync("ams", """[{"name":"üni"}]""", Noon.AddSeconds(1), Cancel));
        Assert.True(await _store.SetAgentHealthAsync("ams", health, Noon.AddSeconds(2), Cancel));
        await using var later = Open();
        await later.MigrateAsync(Cancel);
        var stored = Assert.Single(await later.ListAgentsAsync(Cancel));
        Assert.Equal(new StoredAgent("ams", stored.SecretHash, """[{"name":"üni"}]""", health, Noon.AddSeconds(2)), stored);
    }

    [Fact]
    public async Task Config_and_health_replace_what_was_there()
    {
        await _store.RegisterAgentAsync("ams", Secret, Noon, Cancel);
        await _store.SetAgentConfigAsync("ams", "[1]", Noon, Cancel);
        await _store.SetAgentConfigAsync("ams", "[2]", Noon, Cancel);
        await _store.SetAgentHealthAsync("ams", new AgentHealth(true, Noon, "fine"), Noon, Cancel);
        await _store.SetAgentHealthAsync("ams", new AgentHealth(false, Noon.AddSeconds(1), null), Noon, Cancel);
        var agent = await _store.FindAgentAsync("ams", Cancel);
        Assert.Equal("[2]", agent!.ConfigJson);
        Assert.Equal(new AgentHealth(false, Noon.AddSeconds(1), null), agent.Health);
    }

    [Fact]
    public async Task The_same_secret_again_keeps_config_and_health_and_updates_the_last_contact()
    {
        await _store.RegisterAgentAsync("ams", Secret, Noon, Cancel);
        await _store.SetAgentConfigAsync("ams", "[]", Noon, Cancel);
        await _store.SetAgentHealthAsync("ams", new AgentHealth(true, Noon, null), Noon, Cancel);
        Assert.True(await _store.RegisterAgentAsync("ams", Secret, Noon.AddMinutes(1), Cancel));
        var agent = await _store.FindAgentAsync("ams", Cancel);
        Assert.Equal(new StoredAgent("ams", agent!.SecretHash, "[]", new AgentHealth(true, Noon, null), Noon.AddMinutes(1)), agent);
    }

    [Fact]
    public async Task Another_secret_is_refused_and_changes_nothing()
    {
        await _store.RegisterAgentAsync("ams", Secret, Noon, Cancel);
        Assert.False(await _store.RegisterAgentAsync("ams", OtherSecret, Noon.AddMinutes(1), Cancel));
        var agent = await _store.FindAgentAsync("ams", Cancel);
        Assert.Equal(Secret, agent!.SecretHash);
        Assert.Equal(Noon, agent.LastSeen);
    }

    [Fact]
    public async Task Of_different_secrets_at_the_same_time_one_is_taken()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(n =>
            Task.Run(() => _store.RegisterAgentAsync("ams", [(byte)n], Noon, Cancel), Cancel)));
        Assert.Single(results, taken => taken);
    }

    [Fact]
    public async Task An_agent_that_never_registered_has_nothing()
    {
        Assert.False(await _store.SetAgentConfigAsync("ams", "[]", Noon, Cancel));
        Assert.False(await _store.SetAgentHealthAsync("ams", new AgentHealth(true, Noon, null), Noon, Cancel));
        Assert.Null(await _store.FindAgentAsync("ams", Cancel));
        Assert.Empty(await _store.ListAgentsAsync(Cancel));
    }

    [Fact]
    public async Task Agents_that_were_not_seen_for_long_are_removed_and_the_others_stay()
    {
        await _store.RegisterAgentAsync("stale", Secret, Noon, Cancel);
        await _store.RegisterAgentAsync("fresh", Secret, Noon, Cancel);
        // The agent's clock is wrong, and only the gateway's clock counts.
        await _store.SetAgentHealthAsync("stale", new AgentHealth(true, Noon.AddYears(100), null), Noon.AddMinutes(1), Cancel);
        await _store.RegisterAgentAsync("fresh", Secret, Noon.AddMinutes(2), Cancel);
        Assert.Equal(1, await _store.RemoveAgentsAsync(Noon.AddMinutes(2), Cancel));
        Assert.Equal(["fresh"], (await _store.ListAgentsAsync(Cancel)).Select(a => a.Id));
    }
}
