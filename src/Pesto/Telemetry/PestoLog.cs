using System.Net;
using Microsoft.Extensions.Logging;
using Shared.Records.Wire;

namespace Pesto.Telemetry;

/// <summary>Declares every log line of the collector with its event id.</summary>
internal static partial class PestoLog
{
    [LoggerMessage(300, LogLevel.Information,
        "version {Version} takes sFlow on {SFlowAddress}, metrics on {MetricsAddress}, as collector {Collector}")]
    public static partial void Started(
        this ILogger logger, string version, IPEndPoint sFlowAddress, IPEndPoint metricsAddress, string collector);

    [LoggerMessage(301, LogLevel.Information, "draining: takes no more datagrams and writes those that it has received")]
    public static partial void Draining(this ILogger logger);

    [LoggerMessage(302, LogLevel.Information, "ended")]
    public static partial void Ended(this ILogger logger);

    [LoggerMessage(310, LogLevel.Information, "{Sockets} sockets, each with a receive buffer of {Bytes} bytes in the kernel")]
    public static partial void Buffers(this ILogger logger, int sockets, int bytes);

    [LoggerMessage(311, LogLevel.Warning,
        "the kernel gives {Bytes} of the {Wanted} bytes that --sflow-receive-buffer-bytes asks for: raise net.core.rmem_max, or give the " +
        "process CAP_NET_ADMIN")]
    public static partial void BufferCut(this ILogger logger, int wanted, int bytes);

    [LoggerMessage(312, LogLevel.Warning, "{Source} refused: --allow does not name it")]
    public static partial void NotAllowed(this ILogger logger, Ipv6Address source);

    [LoggerMessage(313, LogLevel.Warning, "{Count} more refused datagrams in the last minute")]
    public static partial void RefusedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(314, LogLevel.Error, "cannot read a socket: tries again in 100 ms")]
    public static partial void ReceiveFailed(this ILogger logger, Exception exception);

    [LoggerMessage(315, LogLevel.Error, "a datagram of {Bytes} bytes from {Source} is lost to a fault of pesto")]
    public static partial void DatagramFailed(this ILogger logger, Ipv6Address source, int bytes, Exception exception);

    [LoggerMessage(316, LogLevel.Error, "{Count} more errors of that kind in the last minute")]
    public static partial void ErrorLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(318, LogLevel.Warning,
        "a datagram of {Bytes} bytes from {Source} has a fault: the samples before the fault are taken; pesto_sflow_errors_total names " +
        "the reason")]
    public static partial void MalformedDatagram(this ILogger logger, Ipv6Address source, int bytes);

    [LoggerMessage(319, LogLevel.Warning, "{Count} more malformed datagrams in the last minute")]
    public static partial void MalformedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(317, LogLevel.Warning,
        "reads datagrams one by one, without the kernel's times and its count of drops, which it does not offer here: {Problem}")]
    public static partial void BatchesNotSupported(this ILogger logger, string problem);
}
