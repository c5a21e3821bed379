using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Replay.Json;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Suite.Tests.Records;

namespace Suite.Tests.Replay;

/// <summary>Compares Replay's JSON with that of the reference implementation, for every field of the four schemas.</summary>
public sealed class RecordJsonTests
{
    private const string V4 = "0x\"00000000000000000000ffff0a000001\"";
    private const string V6 = "0x\"20010db8000000000000000000000001\"";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private const string FullUpdate =
        $"""
        (timeReceivedNs=18446744073709551615,timeBmpHeaderNs=2,routerAddr={V4},routerPort=65535,peerAddr={V6},peerBgpId=4294967295,
        peerAsn=7,prefixAddr={V4},prefixLen=24,isPostPolicy=true,isAdjRibOut=true,announced=true,synthetic=true,origin="EGP",
        asPath=[1,4294967295],nextHop={V4},multiExitDisc=16,localPreference=17,onlyToCustomer=18,
        atomicAggregate=true,aggregatorAsn=20,aggregatorBgpId=21,
        communities=[(asn=65535,value=65281),(asn=1,value=2)],extendedCommunities=[(typeHigh=1,typeLow=2,value=0x"0a0b0c0d0e0f"),()],
        largeCommunities=[(globalAdmin=1,localDataPart1=2,localDataPart2=3),(globalAdmin=4)],originatorId=25,clusterList=[26,27],
        mpReachAfi=1,mpReachSafi=2,mpUnreachAfi=3,mpUnreachSafi=4,pathId=31,peerType=3,ribView=4,hasPathId=true,peerDistinguisher=35,
        routeDistinguisher=36,collectorEpochNs=37,sequence=38,attributesPresent=39,afi=40,safi=41,peerFlags=42,errorAction=43,
        collectorId="core \"1\" ü",
        nextHopLinkLocal=0x"fe800000000000000000000000000001",asPathSegments=[(type=1,asns=[1,2]),(type=2)],mplsLabels=[1048575],
        otherAttributes=[(flags=192,type=99,value=0x"00ff")])
        """;

    private const string FullPeerEvent =
        $"""
        (timeReceivedNs=1,timeBmpHeaderNs=2,routerAddr={V4},routerPort=3,collectorId="c",collectorEpochNs=5,sequence=6,kind=7,peerType=8,
        peerFlags=9,reason=10,peerDistinguisher=11,peerAddr={V6},peerAsn=13,peerBgpId=14,localAddr={V4},localPort=16,remotePort=17,
        localAsn=18,localBgpId=19,holdTime=20,
        sentCapabilities=[(code=1,value=0x"00010001")],receivedCapabilities=[(code=65,value=0x"0000fde8"),
        (code=2)],information=[(type=2,value=0x"414243")],data=0x"ffff")
        """;

    private const string FullStatistic =
        $"""
        (timeReceivedNs=1,timeBmpHeaderNs=2,routerAddr={V4},routerPort=3,collectorId="c",collectorEpochNs=5,sequence=6,peerType=7,
        peerFlags=8,statType=9,peerDistinguisher=10,peerAddr={V6},peerAsn=12,peerBgpId=13,afi=14,safi=15,value=16,raw=0x"010203")
        """;

    private const string FullMalformed =
        $"""
        (timeReceivedNs=1,routerAddr={V4},routerPort=2,action=3,collectorId="c",collectorEpochNs=5,sequence=6,error="as_path_invalid",
        offset=8,message=0x"030000000601")
        """;

    public static TheoryData<string, string, string> Messages => new()
    {
        { "update", "Update", FullUpdate },
        { "update", "Update", "()" },
        { "update", "Update", "(nextHop=0x\"0102\")" },
        { "peer", "PeerEvent", FullPeerEvent },
        { "peer", "PeerEvent", "()" },
        { "stats", "PeerStatistic", FullStatistic },
        { "malformed", "MalformedMessage", FullMalformed },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Json_agrees_with_the_capnp_tool(string schemaFile, string type, string text)
    {
        byte[] input = Encoding.UTF8.GetBytes(text.ReplaceLineEndings(" "));
        var schema = SchemaOf(type);
        byte[] message = await CapnpTool.ConvertAsync("text:binary", input, RepositoryFolder.Schema(schemaFile), type, Cancel);
        string expected = Expected(schema,
            JsonElement.Parse(await CapnpTool.ConvertAsync("binary:json", message, RepositoryFolder.Schema(schemaFile), type, Cancel)));
        Assert.Equal(expected, Json(schema, message));
        // In segments of one word, nearly every pointer is a far pointer.
        byte[] cutUp = await CapnpTool.ConvertAsync("text:binary", input, RepositoryFolder.Schema(schemaFile), type, Cancel,
            "--segment-size=1");
        Assert.True(text == "()" || cutUp.Length > message.Length);
        Assert.Equal(expected, Json(schema, cutUp));
    }

    [Theory]
    [InlineData("gobgp")]
    [InlineData("frr")]
    [InlineData("bird")]
    public async Task Json_of_a_captures_records_agrees_with_the_capnp_tool(string name)
    {
        await using var sink = new KeepingSink();
        TopicWriter Topic(string topic) =>
            new(topic, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System);
        var outputs = new PipelineOutputs
        {
            Updates = Topic("Update"),
            Peers = Topic("PeerEvent"),
            Stats = Topic("PeerStatistic"),
            Malformed = Topic("MalformedMessage"),
        };
        foreach (var (_, bytes) in DecodeCommandTests.Streams(ReplayRun.Capture(name)))
        {
            var pipeline = new RisottoPipeline(
                new RouterState(default), 7, new CollectorIdentity("test", 1), new PipelineOptions(), outputs, new SessionCounters());
            pipeline.Process(bytes, 1_790_000_000_123_456_789, out int consumed);
            Assert.Equal((bytes.Length, false), (consumed, pipeline.Error.IsError));
            Assert.Equal(PipelineStep.NeedsInput, pipeline.EndOfStream(1_790_000_000_123_456_789));
        }
        foreach (var topic in (TopicWriter[])[outputs.Updates, outputs.Peers, outputs.Stats, outputs.Malformed])
            topic.CloseDue(always: true);

        foreach (var (type, messages) in sink.Values)
        {
            var schema = SchemaOf(type);
            string file = type switch { "Update" => "update", "PeerEvent" => "peer", "PeerStatistic" => "stats", _ => "malformed" };
            byte[] json = await CapnpTool.ConvertAsync("binary:json", messages.ToArray(), RepositoryFolder.Schema(file), type, Cancel);
            var lines = Encoding.UTF8.GetString(json).TrimEnd('\n').Split('\n');
            var rest = messages.ToArray().AsMemory();
            foreach (string line in lines)
            {
                Assert.Equal(Expected(schema, JsonElement.Parse(line)), Json(schema, rest, out int read));
                rest = rest[read..];
            }
            Assert.True(rest.IsEmpty);
        }
        Assert.Contains("PeerEvent", sink.Values.Keys);
    }

    [Fact]
    public async Task A_message_cut_or_changed_anywhere_is_refused_or_read_but_never_throws()
    {
        byte[] input = Encoding.UTF8.GetBytes(FullUpdate.ReplaceLineEndings(" "));
        var random = new Random(3);
        foreach (string segmentSize in (string[])["--segment-size=1024", "--segment-size=1"])
        {
            byte[] message = await CapnpTool.ConvertAsync("text:binary", input, RepositoryFolder.Schema("update"), "Update", Cancel,
                segmentSize);
            for (int cut = 0; cut < message.Length; cut++)
                Assert.Null(Json(UpdateSchema.Update, message[..cut]));
            for (int round = 0; round < 100_000; round++)
            {
                byte[] changed = [.. message];
                for (int i = random.Next(1, 4); i > 0; i--)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                Json(UpdateSchema.Update, changed);
            }
        }
    }

    private static string? Json(RecordSchema schema, byte[] message)
    {
        string? json = Json(schema, message, out int consumed);
        Assert.True(json is null || consumed == message.Length);
        return json;
    }

    private static string? Json(RecordSchema schema, ReadOnlyMemory<byte> message, out int consumed)
    {
        var reader = new MessageReader(new MessageLimits { MaxSegments = 512, MaxTraversedWords = 10_000 });
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        if (!reader.TryRead(message.Span, out var record, out consumed) || !RecordJson.TryWrite(json, schema, record))
        {
            Assert.NotEqual(MessageErrorCode.None, reader.Error.Code);
            return null;
        }
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static RecordSchema SchemaOf(string type) => type switch
    {
        "Update" => UpdateSchema.Update,
        "PeerEvent" => PeerEventSchema.PeerEvent,
        "PeerStatistic" => PeerStatisticSchema.PeerStatistic,
        _ => MalformedMessageSchema.MalformedMessage,
    };

    /// <summary>
    /// Converts the tool's JSON to the contract's form: data as addresses or hexadecimal digits, 64-bit numbers as numbers, no field left
    /// out.
    /// </summary>
    private static string Expected(RecordSchema schema, JsonElement record)
    {
        var left = record.EnumerateObject().Select(p => p.Name).ToHashSet();
        var fields = schema.Fields.Select(field =>
        {
            string name = field.Name.ToString();
            JsonElement? value = record.TryGetProperty(name, out var found) ? found : null;
            left.Remove(name);
            return $"\"{name}\":{Expected(field, value)}";
        }).ToList();
        Assert.Empty(left);
        return "{" + string.Join(',', fields) + "}";
    }

    private static string Expected(RecordField field, JsonElement? value) => field.Kind switch
    {
        FieldKind.UInt64 => value!.Value.GetString()!,
        FieldKind.Text => value is null ? "\"\"" : JsonSerializer.Serialize(value.Value.GetString()),
        FieldKind.Address => $"\"{Address(Data(value))}\"",
        FieldKind.Hex => $"\"{Convert.ToHexStringLower(Data(value))}\"",
        FieldKind.UInt32List => value?.GetRawText().Replace(" ", "", StringComparison.Ordinal) ?? "[]",
        FieldKind.StructList => $"[{string.Join(',', value?.EnumerateArray().Select(e => Expected(field.Element!, e)) ?? [])}]",
        _ => value!.Value.GetRawText(),
    };

    private static byte[] Data(JsonElement? value) =>
        [.. value?.EnumerateArray().Select(e => byte.Parse(e.GetRawText(), CultureInfo.InvariantCulture)) ?? []];

    private static string Address(byte[] bytes)
    {
        if (bytes.Length != 16)
            return Convert.ToHexStringLower(bytes);
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    /// <summary>The messages of every topic, one after the other.</summary>
    private sealed class KeepingSink : IBatchSink
    {
        public Dictionary<string, List<byte>> Values { get; } = [];

        public void Submit(RecordBatch batch)
        {
            Values.TryAdd(batch.Topic, []);
            Values[batch.Topic].AddRange(batch.Value);
            batch.Release();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
