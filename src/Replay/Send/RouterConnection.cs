using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Replay.Send;

/// <summary>One captured stream on its way: a TCP connection, and a bounded queue in front of it so that streams do not wait for one another.</summary>
internal sealed class RouterConnection
{
    private const int QueuedChunks = 64;

    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(5);

    private readonly Channel<byte[]> _queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueuedChunks) { SingleReader = true, SingleWriter = true });
    private readonly SendOptions _options;
    private readonly Action<IPEndPoint> _connected;

    /// <param name="options">Where to connect.</param>
    /// <param name="connected">Told this end of the connection, before any octet is sent.</param>
    /// <param name="cancellation">Gives up.</param>
    public RouterConnection(SendOptions options, Action<IPEndPoint> connected, CancellationToken cancellation)
    {
        _options = options;
        _connected = connected;
        Sending = SendAsync(cancellation);
    }

    /// <summary>Octets handed to the operating system.</summary>
    public long Octets { get; private set; }

    /// <summary>The service has taken the connection, whatever became of it later.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>What failed, in one clause; null when all went well.</summary>
    public string? Error { get; private set; }

    /// <summary>Completes when all is sent and the service has closed too, or when the connection failed. Does not throw but for cancellation.</summary>
    public Task Sending { get; }

    /// <summary>False: the connection has failed, and takes nothing more; <see cref="Error"/> says how once <see cref="Sending"/> is complete.</summary>
    public async ValueTask<bool> TryAddAsync(byte[] octets, CancellationToken cancellation)
    {
        while (!_queue.Writer.TryWrite(octets))
        {
            if (!await _queue.Writer.WaitToWriteAsync(cancellation))
                return false;
        }
        return true;
    }

    /// <summary>Nothing follows: the connection is closed when all is sent.</summary>
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
            await foreach (var octets in _queue.Reader.ReadAllAsync(cancellation))
            {
                await stream.WriteAsync(octets, cancellation);
                Octets += octets.Length;
            }
            client.Client.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(stream, cancellation);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            string hint = e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? " (is the service running there?)" : "";
            Error = $"{doing} {_options.Target}: {e.GetBaseException().Message}{hint}";
        }
        finally
        {
            _queue.Writer.TryComplete();
        }
    }

    /// <summary>The service's close says that it has read everything; one that never closes is not waited for.</summary>
    private static async Task ReadToEndAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(CloseWait);
        var octets = new byte[256];
        try
        {
            while (await stream.ReadAsync(octets, bounded.Token) > 0)
            {
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }
}
