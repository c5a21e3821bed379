using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Captures.Pcap;
using Shared.Records.Wire;

namespace Replay.Send;

/// <summary>
/// Sends the sFlow datagrams of a capture at their capture times, from one socket for each captured exporter. UDP does not wait for the
/// receiver, whose own counters contain the dropped datagrams.
/// </summary>
internal sealed class SFlowSender(SendOptions options, TimeProvider time, Action<double> progress)
{
    // A capture may hold any number of exporters; further ones share these sockets.
    private const int MaxSockets = 256;

    private readonly Dictionary<(Ipv6Address, ushort), Socket> _exporters = [];
    private readonly List<Socket> _sockets = [];
    private long _datagrams, _bytes, _cut;
    private string? _error, _fileError;

    /// <summary>Raised with the local end point of a new socket, before the sender sends a datagram.</summary>
    public event Action<IPEndPoint>? Connected;

    /// <summary>Sends the file. Returns a line for each error and one for the datagrams sent.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(CancellationToken cancellation)
    {
        long startedAt = time.GetTimestamp();
        bool interrupted = false;
        try
        {
            var target = await ResolveAsync(cancellation);
            for (int loop = 0; loop < options.Loops && _error is null && _fileError is null; loop++)
                await SendOnceAsync(target, loop, cancellation);
            _error ??= PendingError();
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
        }
        catch (SocketException e)
        {
            _error = Describe(e.SocketErrorCode, e.Message);
        }
        foreach (var socket in _sockets)
            socket.Dispose();
        double seconds = time.GetElapsedTime(startedAt).TotalSeconds;
        string sent = string.Create(CultureInfo.InvariantCulture,
            $"sent {_datagrams} sFlow datagrams with {_bytes} bytes of {_exporters.Count} exporters to {options.Target} in {seconds:F1} s" +
            $"{(interrupted ? ", interrupted" : "")}");
        string[] lines =
        [
            .. new[] { _error, _fileError }.OfType<string>(),
            .. _cut > 0 ? [$"{_cut} datagrams are not whole in the capture and were not sent"] : (string[])[],
            .. _datagrams > 0 ? [sent] : (string[])[],
        ];
        int exitCode = interrupted ? ReplayCommand.Interrupted
            : _fileError is not null ? ReplayCommand.UsageError
            : _error is not null ? ReplayCommand.ConnectionFailed
            : ReplayCommand.Success;
        return (exitCode, lines);
    }

    private async Task<IPEndPoint> ResolveAsync(CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(options.Host, cancellation);
        return new IPEndPoint(addresses[0], options.Port);
    }

    private async Task SendOnceAsync(IPEndPoint target, int loop, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(options.File);
        using var reader = new PcapReader(file);
        var clock = new ReplayClock(time, options.Speed);
        while (reader.TryRead(out var packet))
        {
            progress((loop + ((double)file.Position / file.Length)) / options.Loops);
            if (!CapturedService.TryReadSFlow(packet, out var datagram))
                continue;
            await clock.WaitUntilAsync(datagram.TimeNs, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (datagram.Payload.Length < datagram.PayloadLength)
            {
                _cut++;
                continue;
            }
            Exporter(datagram, target).Send(datagram.Payload.Span);
            _datagrams++;
            _bytes += datagram.PayloadLength;
        }
        if (reader.Error is { } fault)
            _fileError = $"{options.File}: {fault}";
        else if (_datagrams == 0 && _cut == 0)
            _fileError = $"{options.File}: holds no sFlow datagram";
    }

    private Socket Exporter(in UdpDatagram datagram, IPEndPoint target)
    {
        var source = (datagram.Source, datagram.SourcePort);
        if (_exporters.TryGetValue(source, out var socket))
            return socket;
        if (_sockets.Count < MaxSockets)
        {
            socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            _sockets.Add(socket);
            socket.Connect(target);
            Connected?.Invoke((IPEndPoint)socket.LocalEndPoint!);
        }
        else
            socket = _sockets[_exporters.Count % MaxSockets];
        _exporters.Add(source, socket);
        return socket;
    }

    // If nobody listens, the error comes after the datagram; the system would report it with the next one.
    private string? PendingError()
    {
        foreach (var socket in _sockets)
        {
            if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int code and not 0)
                return Describe((SocketError)code, new SocketException(code).Message);
        }
        return null;
    }

    private string Describe(SocketError code, string message) =>
        $"cannot send to {options.Target}: {message}{(code == SocketError.ConnectionRefused ? " (is the service running there?)" : "")}";
}
