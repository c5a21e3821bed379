using System.Text.Json;

namespace EndToEnd.Tests.Stack;

public sealed class DashboardTests
{
    private const string Bmp = "eegfao8dj905cb", Gateway = "saimiris-gateway", Saimiris = "begfbu6d72800a", Traffic = "cebjemmrj6oe8a";

    // The dashboards of coreams01, which links and people find under these names.
    [Theory]
    [InlineData(Bmp, "Peers", "sum(risotto_peer_established{router='$router'})", "Connected Peers")]
    [InlineData(Bmp, "Updates in Memory", "risotto_state_updates{router='$router'}", "{{peer}}")]
    [InlineData(Bmp, "Received BMP Messages", "rate(risotto_bmp_messages_total{router=\"$router\"}[$__rate_interval])", "{{ type }}")]
    [InlineData(Bmp, "Received Updates Rate", "rate(risotto_rx_updates_total{router=\"$router\"}[$__rate_interval])", "{{ peer }}")]
    [InlineData(Bmp, "Transmitted Updates Rate", "rate(risotto_tx_updates_total{router=\"$router\"}[$__rate_interval])", "{{ peer }}")]
    [InlineData(Gateway, "HTTP Request Rate", "rate(saimiris_gateway_http_requests_total{job=\"saimiris-gateway\"}[$__rate_interval])",
        "{{ method }} {{ path }} {{ status }}")]
    [InlineData(Gateway, "Probes Submission Rate",
        "rate(saimiris_gateway_probes_submitted_total{job=\"saimiris-gateway\"}[$__rate_interval])", "Probes/s")]
    [InlineData(Gateway, "Measurements Created Rate",
        "rate(saimiris_gateway_measurements_created_total{job=\"saimiris-gateway\"}[$__rate_interval])", "Measurements/s")]
    [InlineData(Gateway, "Active Agents", "saimiris_gateway_agents_active{job=\"saimiris-gateway\"}", "Active Agents")]
    [InlineData(Gateway, "Agent Registrations Rate",
        "rate(saimiris_gateway_agents_registered_total{job=\"saimiris-gateway\"}[$__rate_interval])", "Registrations/s")]
    [InlineData(Gateway, "Kafka Errors Rate", "rate(saimiris_gateway_kafka_errors_total{job=\"saimiris-gateway\"}[$__rate_interval])",
        "Kafka Errors/s")]
    [InlineData(Saimiris, "Sending Rate", "irate(saimiris_sender_sent_total{agent='$agent'}[10m])", "{{ agent }}")]
    [InlineData(Saimiris, "Receiving Rate", "irate(saimiris_receiver_received_total{agent='$agent'}[10m])", "{{ agent }}")]
    public void Panels_of_the_deployment_keep_their_queries(string dashboard, string panel, string query, string legend) =>
        Assert.Contains(new DashboardQuery(dashboard, panel, DashboardQuery.Prometheus, query, legend), DashboardQuery.All);

    [Theory]
    [InlineData(Bmp, "Updates per minute", "router_addr == toIPv6('${router}')")]
    [InlineData(Saimiris, "Results per minute", "agent_id = '${agent}'")]
    [InlineData(Traffic, "Instant traffic", "sum(bytes * max2(sampling_rate, 1))")]
    [InlineData(Traffic, "Top source IPs", "sum(bytes * max2(sampling_rate, 1))")]
    [InlineData(Traffic, "Top destination IPs", "sum(bytes * max2(sampling_rate, 1))")]
    [InlineData(Traffic, "Top source ports", "sum(bytes * max2(sampling_rate, 1))")]
    [InlineData(Traffic, "Top destination ports", "sum(bytes * max2(sampling_rate, 1))")]
    public void Panels_over_ClickHouse_keep_what_they_count(string dashboard, string panel, string part) =>
        Assert.Contains(part, Assert.Single(DashboardQuery.All, q => q.Dashboard == dashboard && q.Panel == panel
            && q.DataSource == DashboardQuery.ClickHouse).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("bmp", "router", "label_values(risotto_peer_established,router)")]
    [InlineData("saimiris", "agent", "SELECT DISTINCT agent_id FROM saimiris.replies")]
    [InlineData("traffic", "host", "SELECT DISTINCT IPv6NumToString(sampler_address) FROM flows.records")]
    public async Task Variables_keep_their_names_and_queries(string file, string name, string definition)
    {
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(StackFolder.File("grafana", "dashboards", $"{file}.json"),
            TestContext.Current.CancellationToken));
        var variable = Assert.Single(json.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray());
        Assert.Equal((name, definition), (variable.GetProperty("name").GetString(), variable.GetProperty("definition").GetString()));
    }
}
