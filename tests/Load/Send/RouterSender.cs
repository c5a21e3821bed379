using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Load.Send;

/// <summary>
/// One router on one TCP connection, from a loopback address of its own. It sends its stream at a rate and never connects again. Records
/// that it could not send in time follow as fast as the collector takes them, as from a router.
/// </summary>
internal sealed class RouterSender : IAsyncDisposable
{
    private const int MostBytesAtOnce = 64 << 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    private readonly RouterStream _stream;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _stop = new();
    private Task _sending = Task.CompletedTask;
    private Task _receiving = Task.CompletedTask;
    private long _records;
    private long _stallBeganAt;
    private long _longestStall;

    /// <param name="address">An address in 127.0.0.0/8.</param>
    /// <param name="stream">What it sends; a rate counts its records.</param>
    public RouterSender(IPAddress address, RouterStream stream)
    {
        Address = address;
        _stream = stream;
    }

    public IPAddress Address { get; }

    /// <summary>Called before each write with the number of records sent so far; returns whether to go on. Null: always.</summary>
    public Func<long, bool>? MayGoOn { get; init; }

    /// <summary>The number of records that the sent messages make; exact when <see cref="StopAsync"/> has returned.</summary>
    public long Records => Interlocked.Read(ref _records);

    /// <summary>The reason and the time of the connection's end; null while it is open.</summary>
    public string? Closed { get; private set; }

    /// <summary>The longest time that a write has taken, one under way included.</summary>
    public TimeSpan LongestStall
    {
        get
        {
            long began = Volatile.Read(ref _stallBeganAt);
            long longest = Interlocked.Read(ref _longestStall);
            return Stopwatch.GetElapsedTime(0, began == 0 ? longest : Math.Max(longest, Stopwatch.GetTimestamp() - began));
        }
    }

    /// <summary>Connects and begins; returns when the session's beginning is sent.</summary>
    /// <param name="collector">The collector's address.</param>
    /// <param name="recordsPerSecond">The rate. Infinity: as fast as the collector takes them.</param>
    public async Task StartAsync(IPEndPoint collector, double recordsPerSecond)
    {
        _socket.Bind(new IPEndPoint(Address, 0));
        await _socket.ConnectAsync(collector);
        await _socket.SendAsync(_stream.Beginning);
        _receiving = Task.Run(WatchAsync);
        _sending = Task.Run(() => SendAsync(recordsPerSecond));
    }

    /// <summary>Sends to the end of a message and then stops; the connection stays open.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _sending;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await Task.WhenAll(_sending, _receiving);
        _stop.Dispose();
    }

    private async Task SendAsync(double recordsPerSecond)
    {
        using var timer = new PeriodicTimer(Tick);
        long begin = Stopwatch.GetTimestamp();
        int next = 0;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                double due = (Stopwatch.GetElapsedTime(begin).TotalSeconds * recordsPerSecond) - _records;
                if (due < 1 || MayGoOn?.Invoke(_records) == false)
                {
                    await timer.WaitForNextTickAsync(_stop.Token);
                    continue;
                }
                int end = EndOfChunk(next, due);
                await SendAllAsync(_stream.Round.AsMemory(_stream.Start(next).._stream.Ends[end - 1]));
                Interlocked.Add(ref _records, _stream.Records(next, end));
                next = end % _stream.Messages;
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Close(e.Message);
        }
    }

    private int EndOfChunk(int next, double due)
    {
        int end = next + 1, start = _stream.Start(next);
        while (end < _stream.Messages && _stream.Records(next, end) < due && _stream.Ends[end] - start <= MostBytesAtOnce)
            end++;
        return end;
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        long began = Stopwatch.GetTimestamp();
        Volatile.Write(ref _stallBeganAt, began);
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes)..];
        Volatile.Write(ref _stallBeganAt, 0);
        long took = Stopwatch.GetTimestamp() - began;
        if (took > _longestStall)
            Interlocked.Exchange(ref _longestStall, took);
    }

    // A collector never writes, so a read can only find the end.
    private async Task WatchAsync()
    {
        var bytes = new byte[16];
        try
        {
            while (await _socket.ReceiveAsync(bytes) > 0)
            {
            }
            Close("closed by the collector");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Close(e.Message);
        }
    }

    private void Close(string why)
    {
        if (!_stop.IsCancellationRequested)
            Closed ??= $"{Address} at {DateTime.UtcNow:HH:mm:ss.fff}: {why}";
    }
}
