using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Receive;

/// <summary>
/// <c>receive sflow</c>: compares Pesto's listener with a C program that has the same loop, on loopback, in turns. It measures processor
/// time a datagram at one rate, and the highest rate without a loss. Neither decodes.
/// </summary>
internal static class ReceiveCommand
{
    private const int BufferBytes = 4 << 20;
    private const double FirstRate = 100_000, Step = 1.15, Finest = 1.01, MinRatio = 0.9;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Probe = TimeSpan.FromMilliseconds(400),
        Cost = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(10);

    public static int Run(string[] options)
    {
        int pairs = 5;
        double rate = 200_000;
        for (int i = 0; i < options.Length; i += 2)
        {
            if (i + 1 == options.Length || options[i] is not ("--pairs" or "--rate")
                || !double.TryParse(options[i + 1], CultureInfo.InvariantCulture, out double value) || value < 1)
            {
                Console.Error.WriteLine($"benchmarks: {options[i]}: receive sflow takes --pairs N and --rate DATAGRAMS_PER_SECOND");
                return 2;
            }
            (pairs, rate) = options[i] == "--pairs" ? ((int)value, rate) : (pairs, value);
        }
        if (!TryCompile(out string program))
            return 2;
        using var c = new ReceiverProcess("c", program, $"{BufferBytes}");
        using var pesto = new ReceiverProcess("pesto", Environment.ProcessPath!, [.. HostArguments(), ReceiverHost.Word, $"{BufferBytes}"]);
        var costs = new Dictionary<ReceiverProcess, List<double>> { [c] = [], [pesto] = [] };
        var rates = new Dictionary<ReceiverProcess, List<double>> { [c] = [], [pesto] = [] };
        foreach (var receiver in costs.Keys)
            SendTo(receiver, rate, WarmUp);
        for (int pair = 0; pair < pairs; pair++)
        {
            // The first receiver of a pair is the second of the next pair.
            foreach (var receiver in pair % 2 == 0 ? (ReceiverProcess[])[c, pesto] : [pesto, c])
            {
                costs[receiver].Add(CostNs(receiver, rate));
                rates[receiver].Add(LossFreeRate(receiver));
            }
        }
        foreach (var receiver in costs.Keys)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"receiver={receiver.Name} pairs={pairs} rate={rate:F0} cpu_ns_per_datagram={Median(costs[receiver]):F0} " +
                $"({costs[receiver].Min():F0}-{costs[receiver].Max():F0}) loss_free_per_second={Median(rates[receiver]):F0} " +
                $"({rates[receiver].Min():F0}-{rates[receiver].Max():F0})"));
        }
        double costRatio = Median([.. costs[c].Zip(costs[pesto], (ofC, own) => ofC / own)]);
        double rateRatio = Median([.. rates[pesto].Zip(rates[c], (own, ofC) => own / ofC)]);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"cpu_ratio={costRatio:F3} loss_free_ratio={rateRatio:F3} wanted={MinRatio}"));
        return costRatio >= MinRatio && rateRatio >= MinRatio ? 0 : 1;
    }

    private static double CostNs(ReceiverProcess receiver, double rate)
    {
        long before = receiver.CpuNs;
        var (received, _) = SendTo(receiver, rate, Cost);
        return (double)(receiver.CpuNs - before) / received;
    }

    // Goes up in steps to the first loss, then halves the interval between the last two rates.
    private static double LossFreeRate(ReceiverProcess receiver)
    {
        double good = FirstRate, bad = double.PositiveInfinity, reached = 0;
        while (bad / good > Finest)
        {
            double rate = double.IsInfinity(bad) ? good * Step : (good + bad) / 2;
            double received = LossFree(receiver, rate);
            // The sender gets no faster, so this is its limit and not the receiver's.
            if (received > 0 && received < reached * 1.005)
                return reached;
            (good, bad) = received > 0 ? (rate, bad) : (good, rate);
            reached = Math.Max(reached, received);
        }
        return reached;
    }

    // Tries twice, because other load on the machine may disturb one try. Returns 0 after a loss.
    private static double LossFree(ReceiverProcess receiver, double rate)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            var (received, lost) = SendTo(receiver, rate, Probe);
            if (lost == 0)
                return received / Probe.TotalSeconds;
        }
        return 0;
    }

    // Returns when the receiver has counted every datagram.
    private static (long Received, long Lost) SendTo(ReceiverProcess receiver, double rate, TimeSpan time)
    {
        var (receivedBefore, dropsBefore) = receiver.Counts();
        using var source = new DatagramSource(receiver.Port);
        var (sent, _) = source.Send(rate, time);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var (received, drops) = receiver.Counts();
            if (received + drops - receivedBefore - dropsBefore >= sent)
                return (received - receivedBefore, drops - dropsBefore);
            if (Stopwatch.GetElapsedTime(start) > Settle)
                throw new InvalidOperationException($"{receiver.Name} accounts for {received + drops - receivedBefore - dropsBefore} of " +
                    $"{sent} datagrams");
            Thread.Sleep(5);
        }
    }

    private static bool TryCompile(out string program)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Receive", "udp_receive.c");
        program = Path.Combine(AppContext.BaseDirectory, "udp_receive");
        try
        {
            using var compiler = Process.Start("gcc", ["-O2", "-o", program, source, "-lpthread"]);
            compiler.WaitForExit();
            if (compiler.ExitCode == 0)
                return true;
            Console.Error.WriteLine($"benchmarks: gcc cannot compile {source}: see above");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("benchmarks: receive sflow measures a C program too, and needs gcc (Debian: apt-get install gcc " +
                "libc6-dev)");
        }
        return false;
    }

    // When 'dotnet run' or 'dotnet FILE' starts this program, the process is dotnet itself.
    private static string[] HostArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ReceiveCommand).Assembly.Location] : [];

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
