using System.Diagnostics;
using System.Globalization;
using BrokerProcess;
using EndToEnd.Tests.Faults;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Runs the shipped consumers on a broker, with ClickHouse's own Kafka engine. Only the format is another one: the in-process ClickHouse
/// cannot read Cap'n Proto.
/// </summary>
public class KafkaEngineTests
{
    private const string Topic = "risotto-updates", Broken = "garbage {";

    private static readonly TimeSpan ArrivalTimeout = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_that_cannot_be_read_is_kept_as_an_error_and_stops_no_other_record()
    {
        Programs.Need("kcat");
        InProcessClickHouse.Need();
        using var broker = new ExternalBroker(Topic + ":1");
        await using var server = InProcessClickHouse.Start();
        var tables = ApplyScript.WithJson(await ApplyScript.PrintAsync(Cancel, "--brokers", broker.Bootstrap, "bmp"));
        await server.ApplyAsync(tables, Cancel);

        await ProduceAsync(broker, [.. Records(1, 100), Broken]);
        await ArriveAsync(server, records: 100, errors: 1);
        await ProduceAsync(broker, [.. Records(101, 100)]);
        await ArriveAsync(server, records: 200, errors: 1);
        Assert.Equal([$"{Topic}\t0\t100\t{Broken}"],
            await server.QueryAsync("SELECT topic, partition, offset, raw_message FROM bmp.errors", Cancel));

        int records = 200, errors = 1;
        for (int run = 0; run < FaultScale.TableRuns; run++)
        {
            var producing = ProduceAsync(broker, [.. Records(records + 1, 2000)]);
            await server.ApplyAsync(tables, Cancel);
            await producing;
            await ProduceAsync(broker, [Broken]);
            await ArriveAsync(server, records += 2000, errors += 1);
        }
        Assert.Equal([$"1\t{records}\t{records}"], await server.QueryAsync(
            "SELECT min(sequence), max(sequence), countIf(toUnixTimestamp64Nano(time_received_ns) % 1000000 = sequence) FROM (SELECT "
                + "DISTINCT sequence, time_received_ns FROM bmp.updates)", Cancel));
        Assert.Equal([$"{records}"], await server.QueryAsync("SELECT count() FROM bmp.rib", Cancel));
    }

    private static Task ArriveAsync(InProcessClickHouse server, int records, int errors)
    {
        string arrived = "";
        return Eventually.TrueAsync(async () =>
        {
            arrived =
                string.Join('\n',
                await server.QueryAsync("SELECT (SELECT uniqExact(sequence) FROM bmp.updates), (SELECT uniqExact(offset) FROM bmp.errors)",
                Cancel));
            return arrived == string.Create(CultureInfo.InvariantCulture, $"{records}\t{errors}");
        }, ArrivalTimeout, () => $"of {records} records and {errors} errors there are {arrived}", Cancel);
    }

    // The time is now, with the sequence in the last six digits of the nanoseconds.
    private static IEnumerable<string> Records(int first, int count)
    {
        ulong now = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds * 1_000_000_000;
        return Enumerable.Range(first, count).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$"""
            {"timeReceivedNs":{{now + (ulong)i}},"prefixAddr":"2001:db8:{{i:x}}::","prefixLen":48,
            """ + $$"""
            "announced":true,"collectorEpochNs":5,"sequence":{{i}}}
            """));
    }

    private static async Task ProduceAsync(ExternalBroker broker, string[] lines)
    {
        using var kcat = Process.Start(new ProcessStartInfo("kcat", ["-P", "-b", broker.Bootstrap, "-t", Topic])
        {
            RedirectStandardInput =
            true
        })!;
        await kcat.StandardInput.WriteAsync((string.Join('\n', lines) + "\n").AsMemory(), Cancel);
        kcat.StandardInput.Close();
        await kcat.WaitForExitAsync(Cancel);
        Assert.Equal(0, kcat.ExitCode);
    }
}
