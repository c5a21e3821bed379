using System.Reflection;
using System.Runtime.InteropServices;
using Pesto.Record;
using Replay.Json;
using Risotto.Encode;
using Risotto.Record;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Record;
using SaimirisGateway.Replies.Results;
using Shared.Records.CapnProto;

namespace Suite.Tests.Architecture;

/// <summary>Our encoders and our JSON hold each field where the Cap'n Proto compiler puts it.</summary>
public sealed class SchemaAgreementTests
{
    private static readonly Dictionary<string, RecordSchema> Json = new()
    {
        ["Update"] = UpdateSchema.Update,
        ["PeerEvent"] = PeerEventSchema.PeerEvent,
        ["PeerStatistic"] = PeerStatisticSchema.PeerStatistic,
        ["MalformedMessage"] = MalformedMessageSchema.MalformedMessage,
        ["Reply"] = ReplySchema.Record,
        ["SFlowFlowRecord"] = FlowSchema.Flow,
        ["SFlowCounterRecord"] = InterfaceCounterSchema.InterfaceCounters,
    };

    private static readonly string[] GatewayFields = ["timeGatewayNs", "collectorEpochNs", "sequence", "collectorId"];

    private static readonly Dictionary<string, FieldKind> Kinds = new()
    {
        ["Bool"] = FieldKind.Bool,
        ["UInt8"] = FieldKind.UInt8,
        ["UInt16"] = FieldKind.UInt16,
        ["UInt32"] = FieldKind.UInt32,
        ["UInt64"] = FieldKind.UInt64,
        ["Text"] = FieldKind.Text,
        ["List(UInt32)"] = FieldKind.UInt32List,
    };

    [Fact]
    public async Task UpdateRow_has_every_field_of_Update_at_its_place()
    {
        var update = (await LayoutsAsync())["Update"];
        Assert.Equal((update.DataBytes, update.Pointers), (UpdateRow.DataWords * 8, UpdateRow.PointerWords));
        var row = Places<UpdateRow>();
        foreach (var field in update.Fields.Where(f => !f.IsPointer && f.Type != "Bool"))
            Assert.Equal((field.Name, (UpdateLayout.Data + field.FirstBit / 8, field.Bits)), (field.Name, row[Pascal(field.Name)]));
        foreach (var field in update.Fields.Where(f => f.IsPointer))
        {
            var pointer = (UpdatePointer)field.Pointer;
            Assert.Equal((Pascal(field.Name), row[$"{pointer}Pointer"].Offset), ($"{pointer}", UpdateLayout.Pointer(pointer)));
        }
        foreach (var field in update.Fields.Where(f => f.Type == "Bool"))
        {
            string name = Pascal(field.Name);
            Assert.Equal(
                (name, row["Bits"].Offset - UpdateLayout.Data, 1 << field.FirstBit % 8),
                (name, field.FirstBit / 8, (int)Enum.Parse<UpdateBits>(name)));
        }
    }

    [Fact]
    public async Task ReplyRow_has_every_field_of_Reply_at_its_place()
    {
        var reply = (await LayoutsAsync())["Reply"];
        Assert.Equal((reply.DataBytes, reply.Pointers), (ReplyRow.DataWords * 8, ReplyRow.PointerWords));
        int dataAt = (int)Marshal.OffsetOf<ReplyRow>(nameof(ReplyRow.TimeReceivedNs)), pointersAt = dataAt + ReplyRow.DataWords * 8;
        var row = Places<ReplyRow>();
        foreach (var field in reply.Fields.Where(f => !f.IsPointer))
            Assert.Equal((field.Name, (dataAt + field.FirstBit / 8, field.Bits)), (field.Name, row[Pascal(field.Name)]));
        foreach (var field in reply.Fields.Where(f => f.IsPointer))
            Assert.Equal((field.Name, pointersAt + field.Pointer * 8), (field.Name, row[Pascal(field.Name) + "Pointer"].Offset));
    }

    [Fact]
    public async Task FlowRow_has_every_field_of_SFlowFlowRecord_at_its_place()
    {
        var flow = (await LayoutsAsync())["SFlowFlowRecord"];
        Assert.Equal((flow.DataBytes, flow.Pointers), (FlowRow.DataWords * 8, FlowRow.PointerWords));
        int dataAt = (int)Marshal.OffsetOf<FlowRow>(nameof(FlowRow.TimeReceivedNs)), pointersAt = dataAt + FlowRow.DataWords * 8;
        var row = Places<FlowRow>();
        // A Bool's byte holds nothing else.
        foreach (var field in flow.Fields.Where(f => !f.IsPointer))
            Assert.Equal((field.Name, (dataAt + field.FirstBit / 8, Math.Max(field.Bits, 8))), (field.Name, row[Pascal(field.Name)]));
        foreach (var field in flow.Fields.Where(f => f.IsPointer))
            Assert.Equal((field.Name, pointersAt + field.Pointer * 8), (field.Name, row[Pascal(field.Name) + "Pointer"].Offset));
    }

    [Theory]
    [InlineData("PeerEvent", typeof(PeerEventEncoder))]
    [InlineData("PeerStatistic", typeof(StatisticEncoder))]
    [InlineData("MalformedMessage", typeof(MalformedEncoder))]
    [InlineData("Reply", typeof(ReplyMessage))]
    public async Task Encoders_write_and_readers_read_every_field_at_its_place(string name, Type encoder)
    {
        var layout = (await LayoutsAsync())[name];
        var places = encoder.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            .Where(f => f.IsLiteral && f.FieldType == typeof(int))
            .ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);
        // A reader takes messages of any size, and skips the fields that the gateway itself writes: ReplyRow has both.
        bool isReader = encoder == typeof(ReplyMessage);
        if (!isReader)
            Assert.Equal((layout.DataBytes, layout.Pointers), (places["DataWords"] * 8, places["PointerWords"]));
        foreach (var field in layout.Fields.Where(f => !isReader || !GatewayFields.Contains(f.Name)))
        {
            // A constant cannot have the name of a type: it ends with List then.
            string place = places.ContainsKey(Pascal(field.Name)) ? Pascal(field.Name) : Pascal(field.Name) + "List";
            Assert.True(places.TryGetValue(place, out int at), $"{encoder.Name} has no place for {field.Name}");
            Assert.Equal((field.Name, field.IsPointer ? field.Pointer : field.FirstBit / 8), (field.Name, at));
        }
    }

    [Theory]
    [InlineData("Update")]
    [InlineData("PeerEvent")]
    [InlineData("PeerStatistic")]
    [InlineData("MalformedMessage")]
    [InlineData("Reply")]
    [InlineData("SFlowFlowRecord")]
    [InlineData("SFlowCounterRecord")]
    public async Task Json_reads_every_field_from_its_place(string name) => AssertAgrees(await LayoutsAsync(), name, Json[name]);

    private static void AssertAgrees(Dictionary<string, StructLayout> layouts, string name, RecordSchema schema)
    {
        Assert.Equal(layouts[name].Fields.Select(f => f.Name), schema.Fields.Select(f => f.Name.ToString()));
        foreach (var (field, ours) in layouts[name].Fields.Zip(schema.Fields))
        {
            int place = field.IsPointer ? field.Pointer : field.Type == "Bool" ? field.FirstBit : field.FirstBit / 8;
            Assert.Equal((field.Name, place), (field.Name, ours.Offset));
            if (field.Type == "Data")
                Assert.True(ours.Kind is FieldKind.Address or FieldKind.Hex, field.Name);
            else if (Kinds.TryGetValue(field.Type, out var kind))
                Assert.Equal((field.Name, kind), (field.Name, ours.Kind));
            else
                AssertAgrees(layouts, field.Type["List(".Length..^1], ours.Element!);
        }
    }

    private static Task<Dictionary<string, StructLayout>> LayoutsAsync() => SchemaLayout.ReadAsync(TestContext.Current.CancellationToken);

    // Returns the offset and the size in bits of each field of a row.
    private static Dictionary<string, (int Offset, int Bits)> Places<TRow>() =>
        typeof(TRow).GetFields(BindingFlags.Instance | BindingFlags.Public)
            .ToDictionary(f => f.Name, f => ((int)Marshal.OffsetOf<TRow>(f.Name), Marshal.SizeOf(Number(f.FieldType)) * 8));

    private static Type Number(Type type) => type.IsEnum ? Enum.GetUnderlyingType(type) : type;

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
