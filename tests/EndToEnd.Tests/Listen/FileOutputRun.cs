using System.Globalization;
using System.Net;
using System.Text.Json;
using Captures.Pcap;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Listen;

/// <summary>
/// Runs a risotto that writes files, for a captured router that connects in different ways: directly, by TLS, through a proxy.
/// </summary>
internal sealed class FileOutputRun : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    // The fields that differ between two runs over the same bytes.
    private static readonly HashSet<string> Volatile = ["timeReceivedNs", "routerAddr", "routerPort", "collectorEpochNs"];

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-records-").FullName;
    private readonly HttpClient _client = new();
    private RisottoProcess _risotto = null!;

    public IPEndPoint Bmp => _risotto.Bmp;

    public string[] Lines => [.. _risotto.Output];

    /// <summary>The bytes of a real router's session.</summary>
    public static byte[] Stream { get; } = ReadStream();

    public static async Task<FileOutputRun> StartAsync(params string[] args)
    {
        var run = new FileOutputRun();
        run._risotto = await RisottoProcess.StartAsync(["--kafka-disable", "--output-dir", run._folder, "--collector-id", "listen",
            .. args]);
        return run;
    }

    /// <summary>Returns the stream's records over plain TCP, as text that is the same in every run.</summary>
    public static async Task<IReadOnlyList<string>> PlainAsync()
    {
        await using var run = await StartAsync();
        using var router = new System.Net.Sockets.TcpClient();
        await router.ConnectAsync(run.Bmp);
        await router.GetStream().WriteAsync(Stream);
        router.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        // The last message of the stream is a Termination.
        await run.UntilAsync("risotto_session_closed_total{reason=\"termination\"} 1");
        return Text(await run.EndAsync());
    }

    public static IReadOnlyList<string> Text(IEnumerable<JsonElement> records) =>
        [.. records
            .Select(r => string.Join(' ', r.EnumerateObject().Where(p => !Volatile.Contains(p.Name))
            .Select(p => $"{p.Name}={p.Value.GetRawText()}")))];

    public static IPAddress Router(JsonElement record)
    {
        var address = new IPAddress(record.GetProperty("routerAddr").EnumerateArray().Select(o => o.GetByte()).ToArray());
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public async Task<string[]> MetricsAsync(string name) =>
        [.. (await _client.GetStringAsync(new Uri($"http://{_risotto.Metrics}/metrics"))).Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))];

    /// <summary>Waits for lines of the exposition.</summary>
    public Task UntilAsync(params string[] lines) => Eventually.TrueAsync(
        async () => lines.Except(await MetricsAsync("risotto_")).Any() is false, Timeout,
            () => $"{string.Join(" and ", lines)} did not come: {string.Join('\n', Lines)}", TestContext.Current.CancellationToken);

    /// <summary>Waits until so many records are written, of all routers.</summary>
    public Task UntilRecordsAsync(int count) => Eventually.TrueAsync(
        async () => (await MetricsAsync("risotto_tx_updates_total"))
            .Sum(line => int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)) >= count,
        Timeout, () => $"{count} records did not come: {string.Join('\n', Lines)}", TestContext.Current.CancellationToken);

    /// <summary>Ends the process and reads what it wrote.</summary>
    public async Task<IReadOnlyList<JsonElement>> EndAsync()
    {
        Assert.Equal(0, (await _risotto.TerminateAsync()).ExitCode);
        byte[] bytes = [.. Directory.EnumerateFiles(Path.Combine(_folder, "risotto-updates")).Order().SelectMany(File.ReadAllBytes)];
        return [.. await CapnpTool.ReadAsync(bytes, RepositoryFolder.Schema("update"), "Update", TestContext.Current.CancellationToken)];
    }

    public async ValueTask DisposeAsync()
    {
        await _risotto.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] ReadStream()
    {
        using var reader = PcapReader.Open(Path.Combine(RepositoryFolder.Captures, "bmp", "bird", "input.pcap"));
        // A chunk's bytes are valid until the next one is read.
        var chunks = CapturedStreams.Read(reader).Where(c => c.Flow.DestinationPort == 11019)
            .Select(c => (c.Flow.Index, Bytes: c.Data.ToArray()));
        return [.. chunks.GroupBy(c => c.Index).First().SelectMany(c => c.Bytes)];
    }
}
