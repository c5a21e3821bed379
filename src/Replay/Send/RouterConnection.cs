using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Replay.Send;

/// <summary>
/// Sends one captured stream over a TCP connection. A bounded queue before it keeps streams from waiting for one another.
/// </summary>
internal sealed class RouterConnection
{
    private const int QueuedChunks = 64;

    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(5);

    private readonly Channel<byte[]> _queue =
        Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueuedChunks) { SingleReader = true, SingleWriter = true });
    private readonly SendOptions _options;
    private readonly Action<IPEndPoint> _connected;

    /// <param name="options">The address to connect to.</param>
    /// <param name="connected">Called with the local end point, before the connection sends a byte.</param>
    /// <param name="cancellation">Ends the connection.</param>
    public RouterConnection(SendOptions options, Action<IPEndPoint> connected, CancellationToken cancellation)
    {
        _options = options;
        _connected = connected;
        Sending = SendAsync(cancellation);
    }

    /// <summary>Bytes passed to the operating system.</summary>
    public long Bytes { get; private set; }

    /// <summary>True if the service has accepted the connection, even if it failed later.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>The fault in one clause; null if there is none.</summary>
    public string? Error { get; private set; }

    /// <summary>
    /// Completes when all is sent and the service has closed the connection, or when the connection has failed. Throws for cancellation
    /// only.
    /// </summary>
    public Task Sending { get; }

    /// <summary>
    /// Queues bytes. False: the connection has failed; <see cref="Error"/> gives the reason when <see cref="Sending"/> is complete.
    /// </summary>
    public async ValueTask<bool> TryAddAsync(byte[] bytes, CancellationToken cancellation)
    {
        while (!_queue.Writer.TryWrite(bytes))
        {
            if (!await _queue.Writer.WaitToWriteAsync(cancellation))
                return false;
        }
        return true;
    }

    /// <summary>Closes the connection when all is sent.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    private async Task SendAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient { NoDelay = true };
        string doing = "cannot connect to";
        try
        {
            await client.ConnectAsync(_options.Host, _options.Port, cancellation);
            IsConnected = true;
            _connected((IPEndPoint)client.Client.LocalEndPoint!);
            doing = "lost the connection to";
            var stream = client.GetStream();
            await foreach (var bytes in _queue.Reader.ReadAllAsync(cancellation))
            {
                await stream.WriteAsync(bytes, cancellation);
                Bytes += bytes.Length;
            }
            client.Client.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(stream, cancellation);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            bool isRefused = e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            string hint = isRefused ? " (is the service running there?)" : "";
            Error = $"{doing} {_options.Target}: {e.GetBaseException().Message}{hint}";
        }
        finally
        {
            _queue.Writer.TryComplete();
        }
    }

    /// <summary>Waits until the service closes the connection, which shows that it has read everything, but not for ever.</summary>
    private static async Task ReadToEndAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(CloseWait);
        var bytes = new byte[256];
        try
        {
            while (await stream.ReadAsync(bytes, bounded.Token) > 0)
            {
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }
}
