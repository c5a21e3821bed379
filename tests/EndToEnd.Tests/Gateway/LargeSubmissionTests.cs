using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using BrokerProcess;
using EndToEnd.Tests.Faults;

namespace EndToEnd.Tests.Gateway;

/// <summary>Submits a body of a million probes, which no request may hold in memory.</summary>
[Collection(nameof(FullLoad))]
public sealed class LargeSubmissionTests : IDisposable
{
    private const string Agent = "ams-1";
    private const int Probes = 1_000_000;
    private const long MostBytes = 64L << 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-large-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_million_probes_are_taken_within_64_MiB_more_memory()
    {
        string url = $"sqlite:{_folder.FullName}/gateway.db";
        using var broker = new ExternalBroker("saimiris-probes:4");
        // Without a limit the garbage collector lets the heap grow on a machine that is busy with other things.
        await using var gateway = await GatewayProcess.StartWithinAsync(
            MostBytes, "--bypass-jwt", "--database-url", url, "--outbox-dir", Path.Combine(_folder.FullName, "outbox"), "--kafka-brokers",
                broker.Bootstrap);
        await SubmissionKillTests.RegisterAsync(gateway);
        await GatewayUser.SetLimitAsync(url, 10_000_000);
        using var user = new GatewayUser(new Uri($"http://{gateway.Http}"));
        Assert.Equal(200, (await user.PostAsync(new ProbeLines(1000), "application/x-ndjson")).Status);

        long before = ProcessFigures.ResidentMemory(gateway.ProcessId).Now;
        long began = Stopwatch.GetTimestamp();
        var (status, text) = await user.PostAsync(new ProbeLines(Probes), "application/x-ndjson");
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        long grown = ProcessFigures.ResidentMemory(gateway.ProcessId).Highest - before;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Probes} probes in {seconds:F1} s, memory {before >> 20} MiB + {grown >> 20} MiB");
        // A busy machine may need more than 5 s. After that the answer does not wait for the last batch.
        Assert.True(status is 200 or 202, text);
        Assert.Equal(Probes, JsonDocument.Parse(text).RootElement.GetProperty("probes").GetInt32());
        Assert.InRange(grown, 0, MostBytes);
    }

    private sealed class ProbeLines(int probes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(GatewayUser.Metadata(Agent) + "}\n"));
            var lines = new StringBuilder();
            for (int i = 0; i < probes; i++)
            {
                lines.Append(GatewayUser.Probe(i)).Append('\n');
                if (lines.Length < 100_000 && i < probes - 1)
                    continue;
                await stream.WriteAsync(Encoding.UTF8.GetBytes(lines.ToString()));
                lines.Clear();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
