using System.Globalization;
using System.Net;

namespace Load.Processes;

/// <summary>The result of one scrape of a service.</summary>
internal sealed class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    private MetricsPage(string text)
    {
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            int blank = line.LastIndexOf(' ');
            int brace = line.IndexOf('{', StringComparison.Ordinal);
            int end = brace < 0 ? blank : brace;
            _samples.Add((line[..end], line[end..blank], double.Parse(line[(blank + 1)..], CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>The sum of all series of the name whose labels hold the text, such as <c>topic="x"</c>; 0 if there is none.</summary>
    public double this[string name, string labels = ""] =>
        _samples.Where(s => s.Name == name && s.Labels.Contains(labels, StringComparison.Ordinal)).Sum(s => s.Value);

    public bool Has(string name) => _samples.Exists(s => s.Name == name);

    public static async Task<MetricsPage> GetAsync(HttpClient client, IPEndPoint service, CancellationToken cancel = default) =>
        new(await client.GetStringAsync(new Uri($"http://{service}/metrics"), cancel));
}
