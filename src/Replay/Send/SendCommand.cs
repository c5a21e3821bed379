using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Shared.PcapReplay;

namespace Replay.Send;

/// <summary><c>replay send</c>: flags to <see cref="SendOptions"/>.</summary>
internal static class SendCommand
{
    private const string Description =
        """
        Sends the traffic of a capture (pcap, pcapng, gzip of either) to a live service, with the captured pacing: BMP streams,
        one TCP connection per captured stream, or sFlow datagrams, one UDP socket per captured exporter. The first packet of
        either tells which, unless --service says it. UDP does not wait: what the service drops is in its own metrics.
        Exit code 0; 1 when a connection fails; 2 when an argument is wrong or the file cannot be read to its end.

        Examples:
          replay send router.pcap --to localhost:4000
          replay send router.pcapng.gz --to [::1]:4000 --speed 10
          replay send switch.pcap --to [::1]:6343 --speed max
          replay send stream.bin --raw --to collector:4000 --loop 100
        """;

    private static readonly Argument<string> File = new("FILE") { Description = "A capture file, or a bare BMP byte stream with --raw." };

    private static readonly Option<(string Host, int Port)> To = new("--to")
    {
        Description = "HOST:PORT of the service; an IPv6 address in brackets.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = ParseTarget,
    };

    private static readonly Option<double> Speed = new("--speed")
    {
        Description = "1: as captured; N: N times as fast; max: as fast as the service takes it.",
        HelpName = "1|N|max",
        DefaultValueFactory = _ => 1,
        CustomParser = ParseSpeed,
    };

    private static readonly Option<int> Loops = new("--loop")
    {
        Description = "How many times the file is sent, one pass after the other.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Raw = new("--raw") { Description = "The file is a bare BMP byte stream: sent on one connection, without pacing." };

    private static readonly Option<string?> Service = new("--service") { Description = "Whose traffic: risotto (BMP) or pesto (sFlow).", HelpName = "risotto|pesto" };

    static SendCommand()
    {
        Service.AcceptOnlyFromAmong(CapturedService.Risotto, CapturedService.Pesto);
        Loops.Validators.Add(loops =>
        {
            if (loops.Tokens.Count > 0 && int.TryParse(loops.Tokens[0].Value, out int count) && count < 1)
                loops.AddError($"--loop {count}: must be at least 1");
        });
    }

    public static Command Create(TextWriter error)
    {
        var command = new Command("send", Description) { File, To, Service, Speed, Loops, Raw };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (host, port) = parsed.GetRequiredValue(To);
            var options = new SendOptions
            {
                File = parsed.GetRequiredValue(File),
                Host = host,
                Port = port,
                Speed = parsed.GetValue(Speed),
                Loops = parsed.GetValue(Loops),
                Raw = parsed.GetValue(Raw),
            };
            bool isSFlow = !options.Raw && (parsed.GetValue(Service) ?? Told(options.File)) == CapturedService.Pesto;
            var (exitCode, lines) = await SendProgress.ShowAsync(error, progress => isSFlow
                ? new SFlowSender(options, TimeProvider.System, progress).RunAsync(cancellation)
                : new CaptureSender(options, TimeProvider.System, progress).RunAsync(cancellation));
            foreach (string line in lines)
                error.WriteLine($"replay: {line}");
            return exitCode;
        });
        return command;
    }

    // A file that is not there or that may not be read is the sender's to name.
    private static string? Told(string path)
    {
        try
        {
            using var reader = PcapReader.Open(path);
            return CapturedService.Of(reader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (string, int) ParseTarget(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon] : "";
        bool bracketed = host is ['[', _, .., ']'];
        if (bracketed)
            host = host[1..^1];
        bool isSound = host.Length > 0 && (bracketed || !host.Contains(':'));
        if (isSound && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0)
            return (host, port);
        argument.AddError($"--to {text}: must be HOST:PORT, with an IPv6 address in brackets, such as localhost:4000 or [::1]:4000");
        return default;
    }

    private static double ParseSpeed(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (text == "max")
            return double.PositiveInfinity;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double speed) && speed > 0 && double.IsFinite(speed))
            return speed;
        argument.AddError($"--speed {text}: must be a positive number or max");
        return 0;
    }
}
