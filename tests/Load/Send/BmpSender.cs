using System.Diagnostics;
using System.Net;

namespace Load.Send;

/// <summary>Runs several routers with neighbouring addresses that share a rate.</summary>
internal sealed class BmpSender : IAsyncDisposable
{
    private readonly List<RouterSender> _routers = [];
    private long _startedAt;
    private long _stoppedAt;

    /// <param name="routers">The number of routers.</param>
    /// <param name="seed">The seed of their routes.</param>
    /// <param name="prefixesPerUpdate">The number of records that a message makes.</param>
    /// <param name="firstRouter">The first one's address is 127.0.1.this.</param>
    public BmpSender(int routers, int seed, int prefixesPerUpdate = 1, int firstRouter = 1)
    {
        for (int i = firstRouter; i < firstRouter + routers; i++)
        {
            var address = new IPAddress([127, 0, 1, (byte)i]);
            _routers.Add(new RouterSender(address, ChangingRoutes.Make(address, seed + i, prefixesPerUpdate)));
        }
    }

    public IReadOnlyList<RouterSender> Routers => _routers;

    /// <summary>The number of records of all routers.</summary>
    public long Records => _routers.Sum(router => router.Records);

    /// <summary>The rate since the first message.</summary>
    public double RecordsPerSecond => Records / Stopwatch.GetElapsedTime(_startedAt, _stoppedAt == 0 ? Stopwatch.GetTimestamp()
        : _stoppedAt).TotalSeconds;

    public TimeSpan LongestStall => _routers.Max(router => router.LongestStall);

    /// <summary>The connections that ended, with the reason.</summary>
    public IEnumerable<string> Closed => _routers.Select(router => router.Closed).OfType<string>();

    public async Task StartAsync(IPEndPoint collector, double recordsPerSecond)
    {
        _startedAt = Stopwatch.GetTimestamp();
        foreach (var router in _routers)
            await router.StartAsync(collector, recordsPerSecond / _routers.Count);
    }

    /// <summary>Ends the sending; the connections stay open.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(_routers.Select(router => router.StopAsync()));
        _stoppedAt = Stopwatch.GetTimestamp();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var router in _routers)
            await router.DisposeAsync();
    }
}
