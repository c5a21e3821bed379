namespace EndToEnd.Tests.Stack;

/// <summary>
/// The command lines of the three containers on coreams01 ("terraform/coreams01.tf" of the deployment), which start the images that replace
/// them. The secrets are those of these tests.
/// </summary>
internal static class ContractCommandLines
{
    public const string AgentKey = "agent key of the test", KafkaUser = "saimiris", KafkaPassword = "broker-password",
        DatabaseUser = "saimiris", DatabasePassword = "p@ss/word";

    public const string Backend = "2a06:de00:50:cafe:10", Dmz = "2a06:de00:50:cafe:100";

    public static IReadOnlyDictionary<string, (string Flag, string Value)[]> All { get; } = new Dictionary<string, (string, string)[]>
    {
        ["risotto"] =
        [
            ("--bmp-address", "[::]:4000"),
            ("--metrics-address", $"[{Backend}::112]:8080"),
            ("--kafka-brokers", $"[{Backend}::103]:9092"),
            ("--kafka-topic", "risotto-updates"),
            ("--curation-state-path", "/data/state.bin"),
            ("--curation-state-interval", "10"),
        ],
        ["pesto"] =
        [
            ("--sflow-address", $"[{Dmz}::d]:6343"),
            ("--kafka-brokers", $"[{Backend}::103]:9092"),
            ("--kafka-topic", "pesto-sflow"),
            ("--metrics-address", $"[{Backend}::113]:8080"),
        ],
        ["saimiris_gateway"] =
        [
            ("--address", $"[{Backend}::114]:8080"),
            ("--agent-key", AgentKey),
            ("--kafka-brokers", "redpanda.nxthdr.dev:9092"),
            ("--kafka-topic", "saimiris-probes"),
            ("--kafka-auth-protocol", "SASL_PLAINTEXT"),
            ("--kafka-sasl-username", KafkaUser),
            ("--kafka-sasl-password", KafkaPassword),
            ("--kafka-sasl-mechanism", "SCRAM-SHA-512"),
            ("--auth0-jwks-uri", "https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/.well-known/jwks.json"),
            ("--auth0-issuer", "https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/"),
            ("--database-url",
                $"postgresql://[{Backend}::116]:5432/saimiris?user={DatabaseUser}&password={DatabasePassword}&sslmode=disable"),
            ("--metrics-address", $"[{Backend}::114]:9090"),
        ],
    };
}
