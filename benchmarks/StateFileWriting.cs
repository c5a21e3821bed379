using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using Risotto.Curate;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Risotto.State;
using Risotto.Telemetry;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Benchmarks;

/// <summary>
/// <c>state-file</c>: measures the time to write the state file of many routes, and how long it blocks the sessions of a shard.
/// </summary>
internal static class StateFileWriting
{
    private const int Files = 5;

    public static async Task<int> RunAsync(int routes)
    {
        string folder = Directory.CreateTempSubdirectory("risotto-state-").FullName;
        try
        {
            string path = Path.Combine(folder, "state.bin");
            var options = new CurationOptions { StatePath = path, StateInterval = TimeSpan.FromDays(1), MaxRoutes = long.MaxValue };
            var curation = new Curation(options, seed: 1);
            var routers = new RouterRegistry(int.MaxValue, int.MaxValue, curation);
            var sink = new DiscardSink();
            await using var journal = new JournalingSink(sink, NullLogger.Instance);
            var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes };
            var updates = new TopicWriter("updates", batches, journal, TimeProvider.System);
            var rib = routers.FindOrAdd(Ipv6Address.FromV4([192, 0, 2, 1])).Rib!;
            byte[] header = new byte[PerPeerHeader.Length];
            var family = rib.FindOrAdd(new PerPeerHeader(header).Key).FamilyOrNew(0);
            for (int i = 0; i < routes; i++)
                family.AnnounceIpv4((uint)i, 32, RouteWord.Hash((ulong)i << 20));
            var registry = Metrics.NewCustomRegistry();
            var lost = new LostRoutes(curation, routers, new RecordAccounts(), updates.Topic, shards: 1);
            await using var store = new StateStore(
                curation, 0, routers, updates, journal, lost, new StateMetrics(registry), NullLogger.Instance, TimeProvider.System);
            for (int file = 0; file < Files; file++)
                await store.WriteAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"routes={routes} state_bytes={rib.Bytes} file_bytes={new FileInfo(path).Length}; {Files} files:"));
            using var text = new MemoryStream();
            await registry.CollectAndExportAsTextAsync(text);
            foreach (string line in Encoding.UTF8.GetString(text.ToArray()).Split('\n'))
            {
                if (line.StartsWith("risotto_state_dump_hold", StringComparison.Ordinal)
                    || line.StartsWith("risotto_state_dump_duration_seconds_", StringComparison.Ordinal))
                    Console.WriteLine(line);
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
