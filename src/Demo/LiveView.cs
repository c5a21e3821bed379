using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Demo;

/// <summary>A table that grows while records come, for a terminal.</summary>
internal sealed class LiveView(DemoState state)
{
    // The lines around the peers' rows: headings, samples, counters.
    private const int OtherLines = 48, MinRows = 6, MaxSamples = 12, MostLogLines = 3;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(150);

    private readonly List<string> _logLines = [];

    /// <summary>Shows the view until <paramref name="work"/> is done or has failed.</summary>
    public Task ShowAsync(Task work) => AnsiConsole.Live(Render()).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(Period));
            live.UpdateTarget(Render());
            live.Refresh();
        }
    });

    private Rows Render()
    {
        _logLines.AddRange(state.Log.Take());
        IEnumerable<string> lines =
        [
            $"records: {state.Counters}",
            .. state.Progress,
            .. _logLines.TakeLast(MostLogLines),
        ];
        return new Rows([Peers(), Samples(), Flows(), .. lines.Select(line => (IRenderable)new Text(line))]);
    }

    private Table Peers()
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle("routes by router, peer and RIB view") };
        table.AddColumns("router", "peer", "AS", "view");
        table.AddColumn(new TableColumn("announced").RightAligned());
        table.AddColumn(new TableColumn("withdrawn").RightAligned());
        table.AddColumn("last prefix");
        var rows = state.Received.Rows();
        int shown = Math.Max(MinRows, AnsiConsole.Profile.Height - OtherLines);
        foreach (var row in rows.Take(shown))
        {
            table.AddRow(
                new Text(row.Router), new Text(row.Peer), new Text(Number(row.PeerAs)), new Text(row.View),
                new Text(Number(row.Announced)), new Text(Number(row.Withdrawn)), new Text($"{(row.LastAnnounced ? '+' : '-')}{row.Last}"));
        }
        if (rows.Count > shown)
            table.Caption = new TableTitle($"and {Number(rows.Count - shown)} more rows; a higher window shows them");
        return table;
    }

    private Table Samples()
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle("sample records") };
        table.AddColumns("router", "view", "prefix", "next hop", "AS path", "communities");
        foreach (var sample in state.Received.Samples().Take(MaxSamples))
        {
            table.AddRow(
                new Text(sample.Router), new Text(sample.View), new Text($"{(sample.Announced ? '+' : '-')}{sample.Prefix}"),
                new Text(sample.NextHop), new Text(sample.AsPath), new Text(sample.Communities));
        }
        return table;
    }

    private Table Flows()
    {
        var title = new TableTitle("flows with the most bytes: samples times sampling rate");
        var table = new Table { Border = TableBorder.Rounded, Title = title };
        table.AddColumns("exporter", "source", "destination", "protocol");
        table.AddColumn(new TableColumn("packets").RightAligned());
        table.AddColumn(new TableColumn("bytes").RightAligned());
        foreach (var flow in state.Flows.Largest())
        {
            table.AddRow(
                new Text(flow.Exporter), new Text($"{flow.Source}"), new Text($"{flow.Destination}"), new Text(flow.ProtocolName),
                new Text(Number(flow.Packets)), new Text(Number(flow.Bytes)));
        }
        return table;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
