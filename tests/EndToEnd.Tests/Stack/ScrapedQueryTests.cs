using System.Net;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Runs every PromQL expression of dashboards and alerts on a real Prometheus that scrapes the real services.</summary>
public sealed partial class ScrapedQueryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Metrics of cAdvisor.
    private static readonly Regex NotHere = new("^container_");

    [Fact]
    public async Task Every_expression_gives_data_once_captures_are_played_but_for_what_has_not_happened()
    {
        Programs.Need("prometheus");
        var cancel = TestContext.Current.CancellationToken;
        await using var stack = await PlayedStack.StartAsync(cancel);
        await using var prometheus = await PrometheusServer.StartAsync(new Dictionary<string, IPEndPoint>
        {
            ["risotto:8080"] = stack.Risotto.Metrics,
            ["pesto:8080"] = stack.Pesto.Metrics,
            ["saimiris_gateway:9090"] = stack.Gateway.Metrics,
            // Agents push their metrics; here they are scraped instead.
            ["redpanda:9644"] = stack.Agent,
        }, cancel);
        var declared = await DeclaredAsync([stack.Risotto.Metrics, stack.Pesto.Metrics, stack.Gateway.Metrics, stack.Agent], cancel);
        var expressions = DashboardQuery.All.Where(q => q.DataSource == DashboardQuery.Prometheus)
            .Select(q => ($"{q.Dashboard}, {q.Panel}", Text: WithVariables(q.Text)))
            .Concat((await prometheus.RulesAsync(cancel)).Select(rule => (rule.Alert, Text: WithoutThreshold(rule.Expression)))).ToList();
        Assert.True(expressions.Count > 100);

        var names = expressions.SelectMany(e => Names(e.Text)).Where(name => !NotHere.IsMatch(name)).Distinct().ToList();
        Assert.Empty(names.Where(name => !declared.Contains(Suffix().Replace(name, "")) && !declared.Contains(name))
            .Select(name => $"there is no metric {name}"));

        List<string> empty = [], never = [];
        await Eventually.TrueAsync(async () =>
        {
            var withSeries = await prometheus.NamesAsync(cancel);
            never = [.. names.Where(name => !withSeries.Contains(name))];
            empty = [];
            foreach (var (where, text) in expressions)
            {
                // The series of a fault comes with the fault. A series with another reason shows that the label is right.
                if (Names(text).All(withSeries.Contains) && await prometheus.CountAsync(text, cancel) == 0
                    && await prometheus.CountAsync(Reason().Replace(text, "$1=~\".+\""), cancel) == 0)
                    empty.Add($"{where}: {text}");
            }
            return empty.Count == 0 && never.All(NotBroughtAbout().IsMatch);
        }, Patience, () => $"No series of {string.Join(", ", never)}\nNo data for\n{string.Join('\n', empty)}", cancel);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{expressions.Count} expressions, {expressions.Count(e => Names(e.Text).Any(NotHere.IsMatch))} of what is not here; without "
                + $"a series: {string.Join(", ", never)}");
    }

    private static string WithVariables(string expression) => expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal)
        .Replace("$router", "127.0.0.1", StringComparison.Ordinal).Replace("$agent", "ams-1", StringComparison.Ordinal);

    // An alert gives nothing while all is well, so the metrics that it compares have to be there.
    private static string WithoutThreshold(string rule) => Threshold().Replace(rule, "")
        .Replace(" unless ", " and ", StringComparison.Ordinal).Replace("absent(", "(", StringComparison.Ordinal);

    private static List<string> Names(string expression)
    {
        var alternatives = from Match selector in NameExpression().Matches(expression)
                           from prefix in selector.Groups["prefixes"].Value.Split('|')
                           select prefix + selector.Groups["name"].Value;
        var plain = Quoted().Replace(expression, "");
        return [.. alternatives.Concat(Name().Matches(plain).Select(name => name.Value)).Distinct()];
    }

    private static async Task<HashSet<string>> DeclaredAsync(IPEndPoint[] services, CancellationToken cancel)
    {
        using var client = new HttpClient();
        var declared = new HashSet<string> { "up" };
        foreach (var service in services)
            declared.UnionWith(Declaration().Matches(await client.GetStringAsync(new Uri($"http://{service}/metrics"), cancel))
                .Select(line => line.Groups[1].Value));
        return declared;
    }

    // These captures bring about no loss, no refusal and no fault.
    [GeneratedRegex(
        "_(dropped|rejected|failures|refused|malformed|errors|sweeps|withdraws|nlri_skipped|session_closed)_total$|_tls_certificate_")]
    private static partial Regex NotBroughtAbout();

    [GeneratedRegex(@"\b(reason|status)(?:=|!=|=~|!~)""[^""]*""")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\s(==|!=|>=|<=|>|<)\s+[0-9][0-9.e+]*(\s\*\s[0-9]+)?")]
    private static partial Regex Threshold();

    [GeneratedRegex("""__name__=~"\((?<prefixes>[^)]*)\)(?<name>\w+)""")]
    private static partial Regex NameExpression();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\b(risotto|pesto|saimiris|process|dotnet|container)_\w+|\bup\b")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"^# TYPE (\S+) ", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
