using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Risotto.Listen;
using Risotto.Pipeline;
using Shared.Hosting.Flags;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Tests.Listen;

/// <summary>A collector on loopback ports, its clock standing still until a test advances it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private Collector(RisottoOptions options, IBatchSink sink, RecordedLog log, FakeTimeProvider time, RisottoService service) =>
        (Options, Sink, Log, Time, Service) = (options, sink, log, time, service);

    public RisottoOptions Options { get; }

    public IBatchSink Sink { get; }

    public RisottoService Service { get; }

    public RecordedLog Log { get; }

    public FakeTimeProvider Time { get; }

    public static RisottoOptions LoopbackOptions { get; } = new()
    {
        Listen = new ListenOptions { Address = new HostPort("127.0.0.1", 0) },
        MetricsAddress = new HostPort("127.0.0.1", 0),
        CollectorId = "test",
        // What these tests send comes out as it is.
        Curation = null,
    };

    public static async Task<Collector> StartAsync(
        RisottoOptions? options = null, IBatchSink? sink = null, FakeTimeProvider? time = null)
    {
        options ??= LoopbackOptions;
        sink ??= new MemorySink();
        var log = new RecordedLog();
        time ??= new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        return new Collector(options, sink, log, time, await RisottoService.StartAsync(options, log, time, _ => sink));
    }

    public async Task<Socket> ConnectAsync(string? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null)
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(Service.BmpEndPoint!);
        return socket;
    }

    /// <summary>Sends a whole stream, closes, and waits until the collector has closed too.</summary>
    public async Task<ushort> SendAsync(byte[] stream)
    {
        using var socket = await ConnectAsync();
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        await socket.SendAsync(stream);
        socket.Shutdown(SocketShutdown.Send);
        await AwaitCloseAsync(socket);
        return (ushort)port;
    }

    /// <summary>Waits until the collector closes the connection, in either way.</summary>
    public static async Task AwaitCloseAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], patience.Token));
        }
        catch (SocketException e) when (
            e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
        {
        }
    }

    /// <summary>Awaits what has no signal of its own: asks again at each turn of the thread pool.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>The lines of the exposition that begin with a name.</summary>
    public async Task<string[]> MetricsAsync(string name)
    {
        using var text = new MemoryStream();
        await Service.Registry.CollectAndExportAsTextAsync(text);
        return [.. Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))];
    }

    /// <summary>One of the accounts of the updates: <c>risotto_records_NAME</c>.</summary>
    public async Task<long> RecordsAsync(string name) => long.Parse(
        (await MetricsAsync($"risotto_records_{name}{{topic=\"{Options.UpdatesTopic}\"}} ")).Single().Split(' ')[^1],
            System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the pipeline makes of a stream that it is given in one piece.</summary>
    public byte[] Expect(byte[] stream, int port, RouterState? router = null)
    {
        using var values = new MemoryStream();
        var sink = new MemorySink();
        var output = new TopicWriter("updates", Options.Batches, sink, Time);
        router ??= new RouterState(Ipv6Address.From(IPAddress.Loopback));
        ulong nowNs = UnixTime.NowNs(Time);
        var pipeline = new RisottoPipeline(
            router, (ushort)port, new CollectorIdentity(Options.CollectorId, nowNs), Options.Pipeline,
                new PipelineOutputs { Updates = output }, new SessionCounters());
        lock (pipeline.Updates.Gate)
        {
            Assert.NotEqual(PipelineStep.NeedsSpace, pipeline.Process(stream, nowNs, out _));
            Assert.Equal(PipelineStep.NeedsInput, pipeline.EndOfStream(nowNs));
        }
        output.CloseDue(always: true);
        foreach (var batch in sink.Batches)
            values.Write(batch.Value.Span);
        return values.ToArray();
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

internal static class ListeningOptions
{
    /// <summary>The options with other ones for the listener.</summary>
    public static RisottoOptions Listening(this RisottoOptions options, Func<ListenOptions, ListenOptions> change) =>
        options with { Listen = change(options.Listen) };
}
