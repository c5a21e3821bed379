using System.Text.RegularExpressions;
using System.Xml.Linq;
using Suite.Tests.Records;
using Xunit;

namespace Suite.Tests.Architecture;

/// <summary>
/// The arrows of ARCHITECTURE.md: listen -> frame -> decode -> curate -> encode -> Shared. A stage may use what an earlier
/// stage yields, never a later one and never the pipeline that names them all.
/// </summary>
public sealed class DependencyArrowTests
{
    private static readonly string[] Services = ["Risotto", "Pesto", "SaimirisGateway"];

    // By stage: the stages it may use, the folders of Shared it may use, and single types of elsewhere with the reason for each.
    private static readonly Dictionary<string, (string[] Stages, string[] Shared, string[] Types)> Arrows = new()
    {
        // What is wrong with a frame is said in the words of Decode: one list of reasons for metrics and dead letters.
        // A pcap body has the link types of any capture.
        ["Frame"] = ([], ["Wire", "CapnProto", "PcapReplay"], ["BmpError", "BmpErrorCode"]),
        // ProbeProtocol is a field of the replies too.
        ["Decode"] = (["Frame"], ["Wire", "CapnProto"], ["ProbeProtocol"]),
        ["Curate"] = (["Frame", "Decode"], ["Wire", "Native"], []),
        // Who collected is written into every reply and flow, and where a datagram came from. The router's sequence number is written into its records; RouteStages tells where the BGP message stands.
        ["Encode"] = (["Frame", "Decode", "Curate"], ["Wire", "CapnProto", "Batch"], ["RouterState", "RouteStages", "GatewayIdentity", "CollectorIdentity", "ExporterEndPoint", "ProbeProtocol"]),
        // A session drives the pipeline and knows no decoder. It has peers and an identity to show and hand on; the header's length tells
        // when a message is whole.
        ["Listen"] = (["Auth"], ["Wire", "Batch", "Logging", "Hosting", "Metrics"],
            ["RisottoPipeline", "PipelineStep", "PipelineOutputs", "RisottoOptions", "RisottoMetrics", "RouterCounters", "RouterState",
            "SessionMetrics", "CollectorIdentity", "Peer", "BmpFramer",
            "ReplyPipeline", "ReplyStep", "ReplyFormat", "ReplyOptions", "ReplyCounters", "ReplyContext", "AgentState", "GatewayOptions", "GatewayMetrics", "GatewayLog",
            "BodyErrorReasons",
            "Curation", "RouterRib", "SessionCuration",
            // The words in which a datagram is handed on, and what became of it.
            "PestoOptions", "ExporterEndPoint", "DatagramResult"]),
        // No stage: what is remembered of sFlow agents from one datagram to the next.
        ["Agents"] = (["Storage"], ["Wire"], ["GatewayMetrics", "GatewayLog"]),
        // No stages of the records' way: the gateway's API. Who asks; what is asked for; and behind it probes on their way out and replies that are looked up.
        ["Auth"] = (["Storage"], ["Hosting"], ["GatewayOptions", "GatewayMetrics", "GatewayLog", "AgentState"]),
        ["Api"] = (["Auth", "Agents", "Storage", "Listen", "Probes", "Results"], ["Logging", "Hosting"], ["GatewayOptions", "GatewayMetrics", "GatewayLog", "AgentState"]),
        ["Probes"] = (["Agents", "Storage", "Outbox"], ["Logging", "Wire", "CapnProto"], ["GatewayMetrics", "GatewayLog", "AgentState"]),
        // What waits is written and cut into messages as it will be sent.
        ["Outbox"] = (["Storage"], ["Hosting", "Kafka", "Spool", "Logging"], ["GatewayMetrics", "GatewayLog", "Probe", "ProbeEncoder"]),
        // No stage: what the gateway keeps in a database. It knows nothing of replies and of HTTP.
        ["Storage"] = ([], ["Hosting"], []),
        // No stage: replies as users see them. It reads the records of a batch where they lie.
        ["Results"] = (["Decode", "Encode", "Storage"], ["Wire", "CapnProto"], ["GatewayMetrics", "GatewayLog", "GatewayIdentity"]),
        // No stage: the curation's tables on disk, over restarts. It reads the records of a batch back where they lie.
        ["State"] = (["Decode", "Curate", "Encode", "Listen"], ["Wire", "Batch"], ["Curation", "RouterState", "RisottoLog"]),
    };

    [Fact]
    public void Stages_use_earlier_stages_only()
    {
        var files = ServiceFiles();
        var stagesOfType = files.SelectMany(f => f.Types.Select(t => (Type: (f.Project, t), f.Stage))).ToLookup(x => x.Type, x => x.Stage);
        var wrong = new List<string>();
        foreach (var file in files.Where(f => f.Stage.Length > 0))
        {
            Assert.True(Arrows.ContainsKey(file.Stage), $"{file.Path}: {file.Stage} is no stage; stages are {string.Join(", ", Arrows.Keys)}");
            var (stages, _, types) = Arrows[file.Stage];
            foreach (string name in file.Names.Except(types))
            {
                var owners = stagesOfType[(file.Project, name)].ToList();
                if (owners.Count > 0 && !owners.Contains(file.Stage) && !owners.Any(stages.Contains))
                    wrong.Add($"{file.Path} uses {name} of {(owners[0].Length > 0 ? owners[0] : "the service's root")}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Stages_use_of_Shared_only_what_is_theirs()
    {
        var wrong = from file in ServiceFiles()
                    where file.Stage.Length > 0
                    from folder in file.NamespacesOf("Shared")
                    where !Arrows[file.Stage].Shared.Contains(folder) && IsFolderOfShared(folder)
                    select $"{file.Path} uses Shared.{folder}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Frame_and_Decode_know_no_log_no_metric_and_no_Kafka()
    {
        var wrong = from file in ServiceFiles()
                    where file.Stage is "Frame" or "Decode"
                    from Match use in Regex.Matches(file.Code, @"^using (?:static )?(?<name>[\w.]+);", RegexOptions.Multiline)
                    let name = use.Groups["name"].Value
                    where !name.StartsWith("System", StringComparison.Ordinal) && !name.StartsWith("Shared.", StringComparison.Ordinal)
                        && !name.StartsWith(file.Project + ".", StringComparison.Ordinal)
                    select $"{file.Path} uses {name}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_service_references_Shared_and_nothing_else_of_the_suite()
    {
        foreach (string service in Services.Append("Shared").Where(s => Directory.Exists(ProjectFolder(s))))
        {
            var references = XDocument.Load(Path.Combine(ProjectFolder(service), service + ".csproj")).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Equal(service == "Shared" ? [] : ["Shared"], references);
        }
    }

    [Fact]
    public void Shared_holds_no_word_of_a_service()
    {
        var word = new Regex(@"\bbmp|\bbgp|sflow|caracal|risotto|pesto|saimiris", RegexOptions.IgnoreCase);
        var wrong = from file in SourceFile.All
                    where file.IsProduct && file.Project == "Shared"
                    from Match match in word.Matches(file.Text)
                    select $"{file.Path}: {match.Value}";
        Assert.Empty(wrong);
    }

    private static List<SourceFile> ServiceFiles() => [.. SourceFile.All.Where(f => f.IsProduct && Services.Contains(f.Project))];

    private static string ProjectFolder(string project) => Path.Combine(RepositoryFolder.Root, "src", project);

    // ArrayPool<byte>.Shared and the like are no folder of ours.
    private static bool IsFolderOfShared(string name) => Directory.Exists(Path.Combine(ProjectFolder("Shared"), name));
}
