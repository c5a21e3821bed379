using System.CommandLine;
using Replay.Explain;
using Risotto.Curate;

namespace Replay.Decode;

/// <summary>Reads the flags of <c>replay decode</c> into <see cref="DecodeOptions"/>.</summary>
internal static class DecodeCommand
{
    private const int BufferBytes = 64 << 10;

    private const string Description =
        """
        Prints one JSON object a line for each record that the service makes of a capture (pcap, pcapng, gzip of either).
        The last line on standard error is a summary: {"messages":N,"records":N,"skipped":{reason:N},"errors":{reason:N}}.
        Exit code 0; 2 if an argument is wrong or a file is not readable to its end.

        Examples:
          replay decode router.pcap
          replay decode router.pcapng.gz --ignore-loc-rib | jq -c '[.prefixAddr,.prefixLen,.asPath]'
          replay decode --raw stream.bin --peers-enable
          replay decode router.pcap --explain --curation | less
          replay decode switch.pcap --service pesto --include-ipv4 --counters-enable
          replay decode replies.pcap --service gateway --caracal-id 1234
        """;

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Capture files, or bare BMP byte streams with --raw.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Service = new("--service")
    {
        Description =
            "The service whose records to print: risotto, pesto or gateway. By default the packets decide: BMP by its header on " +
            "any port, sFlow by its version in UDP, ICMP if there is neither.",
    };

    private static readonly Option<bool> Raw = new("--raw")
    {
        Description = "The file is a bare BMP byte stream: routerAddr is ::, routerPort and timeReceivedNs are 0.",
    };

    private static readonly Option<bool> Explain = new("--explain")
    {
        Description =
            "Print text about each BMP message in place of records: each field with its offset in the message, its name in the RFC and " +
            "its value, what is odd about it, and what became of each prefix: the number of its record (sequence), or why it has none.",
    };

    private static readonly Option<bool> IgnoreLocRib = new("--ignore-loc-rib") { Description = "Leave out the routes of Loc-RIB peers." };

    private static readonly Option<bool> Peers = new("--peers-enable") { Description = "Print the records of the peers topic too." };

    private static readonly Option<bool> Stats = new("--stats-enable") { Description = "Print the records of the statistics topic too." };

    private static readonly Option<bool> Malformed = new("--malformed-enable")
    {
        Description = "Print the records of the dead-letter topic too.",
    };

    private static readonly Option<int> MaxMessageBytes = new("--bmp-max-message-bytes")
    {
        Description = "A longer BMP message ends its stream.",
        DefaultValueFactory = _ => 1 << 20,
    };

    private static readonly Option<string> CollectorId = new("--collector-id")
    {
        Description = "The collectorId of the records; their collectorEpochNs is 0.",
        DefaultValueFactory = _ => "replay",
    };

    private static readonly Option<bool> Curation = new("--curation")
    {
        Description =
            "Leave out records that change nothing, and add synthetic withdraws at Peer Down, End-of-RIB and Termination; time alone " +
            "withdraws nothing.",
    };

    private static readonly Option<string> CurationMode = new("--curation-mode")
    {
        Description = "The service's flag: attributes, or presence for new and withdrawn routes only.",
        DefaultValueFactory = _ => "attributes",
    };

    private static readonly Option<bool> IncludeIpv4 = new("--include-ipv4")
    {
        Description = "Print flows of IPv4 packets too; by default they count as skipped.",
    };

    private static readonly Option<bool> Counters = new("--counters-enable")
    {
        Description = "Print the records of the interface counters' topic too.",
    };

    private static readonly Option<string> AgentId = new("--agent-id")
    {
        Description = "The agentId of replies.",
        DefaultValueFactory = _ => "replay",
    };

    private static readonly Option<int?> CaracalId = new("--caracal-id")
    {
        Description = "The id with which the sender of the probes was started; replies to IPv4 probes of another id are left out.",
    };

    public static Command Create(Stream output, TextWriter error)
    {
        var command = new Command("decode", Description)
        {
            Files, Service, Raw, Explain, IgnoreLocRib, Peers, Stats, Malformed, MaxMessageBytes, CollectorId, Curation, CurationMode,
            IncludeIpv4, Counters, AgentId, CaracalId,
        };
        command.SetAction(parsed =>
        {
            if (FindUsageError(parsed) is { } problem)
            {
                error.WriteLine($"replay: {problem}");
                return ReplayCommand.UsageError;
            }
            var options = new DecodeOptions
            {
                Files = parsed.GetRequiredValue(Files),
                Service = parsed.GetValue(Service),
                Raw = parsed.GetValue(Raw),
                Explain = parsed.GetValue(Explain),
                Curation = parsed.GetValue(Curation)
                    ? new CurationOptions { PresenceOnly = parsed.GetValue(CurationMode) == "presence", Hold = null, StatePath = null }
                    : null,
                IgnoreLocRib = parsed.GetValue(IgnoreLocRib),
                Peers = parsed.GetValue(Peers),
                Stats = parsed.GetValue(Stats),
                Malformed = parsed.GetValue(Malformed),
                MaxMessageBytes = parsed.GetValue(MaxMessageBytes),
                CollectorId = parsed.GetValue(CollectorId)!,
                IncludeIpv4 = parsed.GetValue(IncludeIpv4),
                Counters = parsed.GetValue(Counters),
                AgentId = parsed.GetValue(AgentId)!,
                CaracalId = (ushort?)parsed.GetValue(CaracalId),
            };
            if (!options.Explain)
                return new CaptureDecoder(options, new RecordPrinter(new BufferedStream(output, BufferBytes)), error).Run();
            using var text = new StreamWriter(output, bufferSize: BufferBytes, leaveOpen: true) { NewLine = "\n" };
            return new CaptureDecoder(options, new Explanation(text), error).Run();
        });
        return command;
    }

    private static string? FindUsageError(ParseResult parsed)
    {
        if (parsed.GetRequiredValue(Files).FirstOrDefault(f => f.StartsWith("--", StringComparison.Ordinal)) is { } flag)
            return $"there is no flag {flag} (see replay decode --help)";
        const int smallestLimit = 4096;
        const int longestCollectorId = 200;
        string? service = parsed.GetValue(Service);
        if (parsed.GetValue(CaracalId) is < 0 or > ushort.MaxValue)
            return $"--caracal-id {parsed.GetValue(CaracalId)}: must be between 0 and {ushort.MaxValue}";
        if (System.Text.Encoding.UTF8.GetByteCount(parsed.GetValue(AgentId)!) > SaimirisGateway.Agents.AgentIdText.MaxBytes)
            return $"--agent-id: at most {SaimirisGateway.Agents.AgentIdText.MaxBytes} bytes";
        if (service is not (null or CapturedService.Risotto or CapturedService.Pesto or CapturedService.Gateway))
            return $"--service {service}: there are risotto, pesto and gateway";
        if (parsed.GetValue(Explain) && service is CapturedService.Pesto or CapturedService.Gateway)
            return $"--explain: explains BMP only, not the service {service}";
        if (parsed.GetValue(CurationMode) is not ("attributes" or "presence"))
            return $"--curation-mode {parsed.GetValue(CurationMode)}: there are attributes and presence";
        if (parsed.GetValue(MaxMessageBytes) is < smallestLimit or > 1 << 28)
            return $"--bmp-max-message-bytes {parsed.GetValue(MaxMessageBytes)}: must be between {smallestLimit} and {1 << 28}";
        if (System.Text.Encoding.UTF8.GetByteCount(parsed.GetValue(CollectorId)!) > longestCollectorId)
            return $"--collector-id: at most {longestCollectorId} bytes";
        return null;
    }
}
