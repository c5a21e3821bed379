using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Captures.Pcap;

namespace Replay.Send;

/// <summary>Reads the flags of <c>replay send</c> into <see cref="SendOptions"/>.</summary>
internal static class SendCommand
{
    private const string Description =
        """
        Sends the traffic of a capture (pcap, pcapng, gzip of either) to a live service, with the captured pacing: BMP streams,
        one TCP connection per captured stream, or sFlow datagrams, one UDP socket per captured exporter. The first packet of
        either decides which, unless --service is given. UDP does not wait: the service's metrics count the datagrams that it drops.
        To an http or https address it sends the packets of a capture as an agent's replies: body after body, each sent again until
        the gateway accepts it. Exit code 0; 1 if a connection fails or the gateway refuses; 2 if an argument is wrong or the file
        is not readable to its end.

        Examples:
          replay send router.pcap --to localhost:4000
          replay send router.pcapng.gz --to [::1]:4000 --speed 10
          replay send switch.pcap --to [::1]:6343 --speed max
          replay send stream.bin --raw --to collector:4000 --loop 100
          tcpdump -w - -U 'icmp or icmp6' | replay send - --to https://gateway:8443 --agent ams-1 --agent-key-file ams-1.key
        """;

    private static readonly Argument<string> File = new("FILE")
    {
        Description = "A capture file, or a bare BMP byte stream with --raw; - for standard input, with replies.",
    };

    private static readonly Option<SendTarget> To = new("--to")
    {
        Description =
            "HOST:PORT of the service, an IPv6 address in brackets; or http://HOST:PORT or https://HOST:PORT of a gateway, for replies.",
        HelpName = "HOST:PORT|URL",
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
        Description = "The number of times that the file is sent, one pass after the other.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Raw = new("--raw")
    {
        Description = "The file is a bare BMP byte stream: sent on one connection, without pacing.",
    };

    private static readonly Option<string?> Agent = new("--agent") { Description = "Replies: the agent's id." };

    private static readonly Option<string?> AgentKeyFile = new("--agent-key-file")
    {
        Description = "Replies: file that holds the agent's key.",
    };

    private static readonly Option<int?> CaracalId = new("--caracal-id")
    {
        Description = "Replies: the id with which the sender of the probes was started, so that the gateway checks them.",
    };

    private static readonly Option<bool> Follow = new("--follow")
    {
        Description = "Replies: the file grows; wait at its end for more, until interrupted.",
    };

    private static readonly Option<int> BodyRecords = new("--body-records")
    {
        Description = "Replies: the maximum number of packets in a body.",
        DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<double> BodySeconds = new("--body-seconds")
    {
        Description = "Replies: the seconds that a body's first packet waits for others.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string?> Service = new("--service")
    {
        Description = "The service whose traffic to send: risotto (BMP) or pesto (sFlow).",
        HelpName = "risotto|pesto",
    };

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
        var command = new Command("send", Description)
        {
            File, To, Service, Speed, Loops, Raw, Agent, AgentKeyFile, CaracalId, Follow, BodyRecords, BodySeconds,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (host, port, gateway) = parsed.GetRequiredValue(To);
            if (gateway is not null)
                return await SendRepliesAsync(parsed, gateway, error, cancellation);
            var options = new SendOptions
            {
                File = parsed.GetRequiredValue(File),
                Host = host,
                Port = port,
                Speed = parsed.GetValue(Speed),
                Loops = parsed.GetValue(Loops),
                Raw = parsed.GetValue(Raw),
            };
            bool isSFlow = !options.Raw && (parsed.GetValue(Service) ?? DetectService(options.File)) == CapturedService.Pesto;
            var (exitCode, lines) = await SendProgress.ShowAsync(error, progress => isSFlow
                ? new SFlowSender(options, TimeProvider.System, progress).RunAsync(cancellation)
                : new CaptureSender(options, TimeProvider.System, progress).RunAsync(cancellation));
            foreach (string line in lines)
                error.WriteLine($"replay: {line}");
            return exitCode;
        });
        return command;
    }

    private static async Task<int> SendRepliesAsync(ParseResult parsed, Uri gateway, TextWriter error, CancellationToken cancellation)
    {
        if (FindUsageError(parsed) is { } problem)
        {
            error.WriteLine($"replay: {problem}");
            return ReplayCommand.UsageError;
        }
        string key;
        try
        {
            key = (await System.IO.File.ReadAllTextAsync(parsed.GetValue(AgentKeyFile)!, cancellation)).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"replay: --agent-key-file: {parsed.GetValue(AgentKeyFile)} cannot be read ({e.Message})");
            return ReplayCommand.UsageError;
        }
        var options = new ReplySendOptions
        {
            File = parsed.GetRequiredValue(File),
            Gateway = gateway,
            Agent = parsed.GetValue(Agent)!,
            Key = key,
            CaracalId = (ushort?)parsed.GetValue(CaracalId),
            Follow = parsed.GetValue(Follow),
            MaxBodyRecords = parsed.GetValue(BodyRecords),
            BodyWait = TimeSpan.FromSeconds(parsed.GetValue(BodySeconds)),
            Speed = parsed.GetValue(Speed),
            Loops = parsed.GetValue(Loops),
        };
        var (exitCode, lines) = await new ReplySender(options, TimeProvider.System, line => error.WriteLine($"replay: {line}"))
            .RunAsync(cancellation);
        foreach (string line in lines)
            error.WriteLine($"replay: {line}");
        return exitCode;
    }

    private static string? FindUsageError(ParseResult parsed) =>
        string.IsNullOrEmpty(parsed.GetValue(Agent)) || parsed.GetValue(AgentKeyFile) is null
            ? "--to URL: sending replies needs --agent and --agent-key-file"
        : parsed.GetValue(Raw) ? "--raw: is for BMP streams, and --to URL for replies"
        : parsed.GetValue(CaracalId) is < 0 or > ushort.MaxValue
            ? $"--caracal-id {parsed.GetValue(CaracalId)}: must be between 0 and {ushort.MaxValue}"
        : parsed.GetValue(BodyRecords) is < 1 or > 1_000_000
            ? $"--body-records {parsed.GetValue(BodyRecords)}: must be between 1 and 1000000"
        : parsed.GetValue(BodySeconds) is not (> 0 and <= 3600) ? "--body-seconds: must be more than 0 and at most 3600"
        : parsed.GetValue(Follow) && parsed.GetValue(Loops) > 1 ? "--follow: cannot send a file that grows more than once, as --loop asks"
        : null;

    // The sender reports a file that is missing or not readable.
    private static string? DetectService(string path)
    {
        try
        {
            using var reader = PcapReader.Open(path);
            return CapturedService.Detect(reader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static SendTarget ParseTarget(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (text.StartsWith("http", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https")
            return new SendTarget(url.Host, url.Port, url);
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon] : "";
        bool bracketed = host is ['[', _, .., ']'];
        if (bracketed)
            host = host[1..^1];
        bool isSound = host.Length > 0 && (bracketed || !host.Contains(':'));
        if (isSound && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0)
            return new SendTarget(host, port);
        argument.AddError($"--to {text}: must be HOST:PORT, with an IPv6 address in brackets, such as localhost:4000 or [::1]:4000");
        return default;
    }

    private static double ParseSpeed(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (text == "max")
            return double.PositiveInfinity;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double speed) && speed > 0
            && double.IsFinite(speed))
            return speed;
        argument.AddError($"--speed {text}: must be a positive number or max");
        return 0;
    }
}
