using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pesto.Frame;
using Pesto.Listen;
using Pesto.Pipeline;
using Shared.Hosting.Flags;

namespace Benchmarks.Receive;

/// <summary>Runs Pesto's listener alone in a process of its own, with the output of udp_receive.c.</summary>
internal static class ReceiverHost
{
    public const string Word = "host-receiver";

    public static async Task<int> RunAsync(string bufferBytes)
    {
        var options = new ListenOptions
        {
            Address = new HostPort("::1", 0),
            ReceiveBufferBytes = int.Parse(bufferBytes, CultureInfo.InvariantCulture),
        };
        var listener = new SFlowListener(options, () => new DiscardingHandler(), NullLogger.Instance, TimeProvider.System);
        await listener.StartAsync(CancellationToken.None);
        Console.WriteLine(listener.EndPoint!.Port);
        while (Console.ReadLine() is not null)
        {
            var counters = listener.ReadCounters()[0];
            Console.WriteLine($"{Volatile.Read(ref counters.Datagrams)} {Volatile.Read(ref counters.Bytes)} {counters.DroppedByKernel}");
        }
        await listener.StopAsync(CancellationToken.None);
        return 0;
    }
}

/// <summary>Discards datagrams, so that the benchmark measures receiving alone.</summary>
internal sealed class DiscardingHandler : IDatagramHandler
{
    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs) => DatagramResult.Taken;

    public void Release()
    {
    }
}
