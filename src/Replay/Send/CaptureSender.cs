using System.Globalization;
using System.Net;
using Captures.Pcap;
using Captures.Reassembly;

namespace Replay.Send;

/// <summary>Sends the BMP streams of a capture at their capture times, each over a connection of its own.</summary>
internal sealed class CaptureSender(SendOptions options, TimeProvider time, Action<double> progress)
{
    private const int RawReadBytes = 64 << 10;

    private readonly List<RouterConnection> _connections = [];
    private readonly HashSet<string> _errors = [];
    private long _bytes;
    private int _streams;
    private string? _fileError;

    /// <summary>Raised with the local end point of a new connection, before the sender sends a byte.</summary>
    public event Action<IPEndPoint>? Connected;

    /// <summary>Sends the file. Returns a line for each error and one for the bytes sent.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(CancellationToken cancellation)
    {
        long startedAt = time.GetTimestamp();
        bool interrupted = false;
        try
        {
            for (int loop = 0; loop < options.Loops && _errors.Count == 0 && _fileError is null; loop++)
                await SendOnceAsync(loop, cancellation);
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
            Count();
        }
        double seconds = time.GetElapsedTime(startedAt).TotalSeconds;
        string sent = string.Create(CultureInfo.InvariantCulture,
            $"sent {_bytes} bytes of {_streams} BMP streams to {options.Target} in {seconds:F1} s{(interrupted ? ", interrupted" : "")}");
        string[] lines = [.. _errors, .. _fileError is null ? [] : (string[])[_fileError], .. _streams == 0 ? [] : (string[])[sent]];
        return (ExitCode(interrupted), lines);
    }

    private int ExitCode(bool interrupted)
    {
        if (interrupted)
            return ReplayCommand.Interrupted;
        if (_fileError is not null)
            return ReplayCommand.UsageError;
        return _errors.Count > 0 ? ReplayCommand.ConnectionFailed : ReplayCommand.Success;
    }

    private async Task SendOnceAsync(int loop, CancellationToken cancellation)
    {
        try
        {
            await using var file = File.OpenRead(options.File);
            void Progress() => progress((loop + (file.Length == 0 ? 1 : (double)file.Position / file.Length)) / options.Loops);
            if (options.Raw)
                await SendRawAsync(file, Progress, cancellation);
            else
                await SendCaptureAsync(file, Progress, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            _fileError = $"{options.File}: there is no such file";
        }
        catch (UnauthorizedAccessException)
        {
            _fileError = Directory.Exists(options.File) ? $"{options.File}: is a directory" : $"{options.File}: may not be read";
        }
        foreach (var connection in _connections)
            connection.Complete();
        await Task.WhenAll(_connections.Select(c => c.Sending));
        Count();
    }

    private async Task SendCaptureAsync(FileStream file, Action showProgress, CancellationToken cancellation)
    {
        using var reader = new PcapReader(file);
        var traffic = new CaptureTraffic(reader);
        var clock = new ReplayClock(time, options.Speed);
        var open = new Dictionary<TcpFlow, RouterConnection>();
        foreach (var chunk in traffic.Read())
        {
            showProgress();
            await clock.WaitUntilAsync(chunk.TimeNs, cancellation);
            // Bytes are missing. The rest becomes a session of its own, because the service cannot follow a stream with a gap.
            if (chunk.Resumes && open.Remove(chunk.Flow, out var broken))
                broken.Complete();
            if (!open.TryGetValue(chunk.Flow, out var connection) && !chunk.Data.IsEmpty)
                open[chunk.Flow] = connection = Open(cancellation);
            // A connection that the service has closed takes no more. The other streams go on.
            if (!chunk.Data.IsEmpty && !await connection!.TryAddAsync(chunk.Data.ToArray(), cancellation) && !connection.IsConnected)
                return;
            if (chunk.Ends && open.Remove(chunk.Flow))
                connection?.Complete();
        }
        if (reader.Error is { } fault)
            _fileError = $"{options.File}: {fault}{(reader.Packets == 0 ? "; a bare BMP byte stream is sent with --raw" : "")}";
        else if (traffic.BmpStreams == 0)
            _fileError = $"{options.File}: holds no BMP stream" +
                (traffic.SFlowDatagrams > 0 ? $"; its {traffic.SFlowDatagrams} sFlow datagrams are sent with --service pesto" : "");
    }

    private async Task SendRawAsync(FileStream file, Action showProgress, CancellationToken cancellation)
    {
        long sent = 0;
        var connection = Open(cancellation);
        try
        {
            await using var content = PcapReader.Unzipped(file);
            var bytes = new byte[RawReadBytes];
            for (int count; (count = await content.ReadAsync(bytes, cancellation)) > 0; sent += count)
            {
                if (!await connection.TryAddAsync(bytes[..count], cancellation))
                    return;
                showProgress();
            }
        }
        catch (InvalidDataException)
        {
            _fileError = $"{options.File}: the compressed data is broken or cut off at byte {sent}";
        }
    }

    private RouterConnection Open(CancellationToken cancellation)
    {
        var connection = new RouterConnection(options, local => Connected?.Invoke(local), cancellation);
        _connections.Add(connection);
        return connection;
    }

    private void Count()
    {
        foreach (var connection in _connections)
        {
            _bytes += connection.Bytes;
            _streams++;
            if (connection.Error is { } failed)
                _errors.Add(failed);
        }
        _connections.Clear();
    }
}
