using System.Globalization;
using System.Threading.Channels;
using Captures.Pcap;

namespace Replay.Send;

/// <summary>
/// Acts as an agent: reads a capture, which may still grow, and sends its packets body after body. One task reads, the other sends. The
/// queue between them is bounded, so reading stops while the gateway does not answer.
/// </summary>
/// <param name="log">Takes a line about each error after which the sender tries again.</param>
internal sealed class ReplySender(ReplySendOptions options, TimeProvider time, Action<string> log)
{
    private const int MaxWaiting = 16_384;

    // After an interrupt, the sender still sends the packets that it has read, if the gateway takes them in this time.
    private static readonly TimeSpan LastBody = TimeSpan.FromSeconds(5);

    private long _packets;
    private string? _fileError;

    /// <summary>Sends the file. Returns a line for each error and one for the packets sent.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(CancellationToken cancellation)
    {
        long startedAt = time.GetTimestamp();
        using var client = new GatewayClient(options, time, log);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var packets =
            Channel.CreateBounded<CapturedReply>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, SingleWriter = true });
        // Reads block. Standard input cannot be cancelled, so the process does not wait for the task.
        _ = Task.Run(() => ReadAllAsync(packets.Writer, reading.Token), CancellationToken.None);
        string? refusal = null;
        bool isLeft = false;
        try
        {
            refusal = await SendAllAsync(packets.Reader, client, cancellation);
        }
        catch (OperationCanceledException)
        {
            isLeft = true;
        }
        await reading.CancelAsync();
        bool isInterrupted = cancellation.IsCancellationRequested;
        double seconds = time.GetElapsedTime(startedAt).TotalSeconds;
        string sent = string.Create(CultureInfo.InvariantCulture,
            $"sent {_packets} packets in {client.Bodies} bodies to {options.Gateway} in {seconds:F1} s: " +
            $"{client.Accepted} accepted{client.Rejected}" +
            $"{(isInterrupted ? ", interrupted" : "")}{(isLeft ? ", the last body is lost" : "")}");
        int exitCode = isInterrupted ? ReplayCommand.Interrupted
            : _fileError is not null ? ReplayCommand.UsageError
            : refusal is not null ? ReplayCommand.ConnectionFailed : ReplayCommand.Success;
        return (exitCode, [.. new[] { refusal, isInterrupted ? null : _fileError }.OfType<string>(), sent]);
    }

    private async Task<string?> SendAllAsync(ChannelReader<CapturedReply> packets, GatewayClient client, CancellationToken cancellation)
    {
        using var last = new CancellationTokenSource();
        await using var interrupted = cancellation.Register(() => last.CancelAfter(LastBody));
        var body = new ReplyBody();
        // Standard input may never end. An interrupt ends it; the sender sends the packets read before.
        while (packets.TryPeek(out _) || await WaitAsync(packets, cancellation))
        {
            await FillAsync(body, packets);
            if (await client.SendAsync(body.Bytes, last.Token) is { } refusal)
                return refusal;
            _packets += body.Records;
            body.Clear();
        }
        return null;
    }

    /// <summary>Fills the body until it is full, its first packet has waited long enough, or there is nothing more.</summary>
    private async Task FillAsync(ReplyBody body, ChannelReader<CapturedReply> packets)
    {
        using var wait = new CancellationTokenSource(options.BodyWait, time);
        while (body.Records < options.MaxBodyRecords && await WaitAsync(packets, wait.Token))
        {
            while (body.Records < options.MaxBodyRecords && packets.TryPeek(out var packet))
            {
                if (!body.CanHold(packet.LinkType))
                    return;
                body.Add(packet);
                packets.TryRead(out _);
            }
        }
    }

    private static async Task<bool> WaitAsync(ChannelReader<CapturedReply> packets, CancellationToken cancellation)
    {
        try
        {
            return await packets.WaitToReadAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReadAllAsync(ChannelWriter<CapturedReply> packets, CancellationToken cancellation)
    {
        try
        {
            for (int loop = 0; loop < options.Loops && _fileError is null; loop++)
                await ReadAsync(packets, cancellation);
        }
        catch (OperationCanceledException)
        {
            // After an interrupt, the packets read so far are all.
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            _fileError = $"{options.File}: there is no such file";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _fileError = $"{options.File}: may not be read ({e.Message})";
        }
        finally
        {
            packets.Complete();
        }
    }

    private async Task ReadAsync(ChannelWriter<CapturedReply> packets, CancellationToken cancellation)
    {
        using var reader = new PcapReader(Open(cancellation));
        bool isLive = options.IsStandardInput || options.Follow;
        var clock = new ReplayClock(time, isLive ? double.PositiveInfinity : options.Speed);
        while (!cancellation.IsCancellationRequested && reader.TryRead(out var packet))
        {
            await clock.WaitUntilAsync(packet.TimeNs, cancellation);
            await packets.WriteAsync(new CapturedReply(packet.LinkType, packet.TimeNs, packet.Data.ToArray(), packet.OriginalLength),
                cancellation);
        }
        if (!cancellation.IsCancellationRequested && reader.Error is { } error)
            _fileError = $"{options.File}: {error}";
    }

    private Stream Open(CancellationToken cancellation)
    {
        if (options.IsStandardInput)
            return Console.OpenStandardInput();
        var file = new FileStream(options.File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return options.Follow ? new FollowedFile(file, cancellation) : file;
    }
}
