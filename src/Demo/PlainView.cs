using System.Globalization;

namespace Demo;

/// <summary>Shows the demo in plain lines, for a pipe or a file.</summary>
internal sealed class PlainView(DemoState state, TextWriter output)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Writes the number of records when it has changed, until <paramref name="work"/> is done.</summary>
    public async Task ShowAsync(Task work)
    {
        string last = "";
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(Period));
            WriteLog();
            string counters = state.Counters;
            if (counters != last)
                await output.WriteLineAsync($"records: {last = counters}");
        }
    }

    /// <summary>Writes the content of the live table at the end.</summary>
    public void ShowEnd()
    {
        WriteLog();
        output.WriteLine("routes by router, peer and RIB view:");
        foreach (var row in state.Received.Rows())
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {row.Router,-12} {row.View,-16} peer {row.Peer} AS {row.PeerAs}: {row.Announced} announced, " +
                $"{row.Withdrawn} withdrawn, last {(row.LastAnnounced ? '+' : '-')}{row.Last}"));
        }
        output.WriteLine("sample records:");
        foreach (var sample in state.Received.Samples())
        {
            output.WriteLine(
                $"  {sample.Router,-12} {sample.View,-16} {(sample.Announced ? '+' : '-')}{sample.Prefix}" +
                $"{Part("next hop", sample.NextHop)}{Part("AS path", sample.AsPath)}{Part("communities", sample.Communities)}");
        }
        output.WriteLine("flows with the most bytes, by exporter:");
        foreach (var flow in state.Flows.Largest())
        {
            output.WriteLine(
                $"  {flow.Exporter,-12} {flow.Source} -> {flow.Destination} {flow.ProtocolName}, " +
                $"about {flow.Packets} packets with {flow.Bytes} bytes");
        }
        output.WriteLine("sample replies:");
        foreach (string sample in state.Replies.Samples())
            output.WriteLine($"  {sample}");
        output.WriteLine($"records: {state.Counters}");
        foreach (string line in state.Progress)
            output.WriteLine(line);
    }

    private void WriteLog()
    {
        foreach (string line in state.Log.Take())
            output.WriteLine(line);
    }

    private static string Part(string name, string value) => value.Length == 0 ? "" : $", {name} {value}";
}
