using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Suite.Tests.Records;

/// <summary>One Reply of schemas/reply.capnp in the reading of the <c>capnp</c> tool. Addresses are text, IPv4-mapped ones IPv4.</summary>
internal sealed record ReplyRecord(JsonElement Json)
{
    public ulong TimeReceivedNs => Number("timeReceivedNs");

    public string AgentId => Text("agentId");

    public string MeasurementId => Text("measurementId");

    public string CollectorId => Text("collectorId");

    public IReadOnlyList<(uint Label, uint Exp, uint Bottom, uint Ttl)> Labels =>
        Json.TryGetProperty("replyMplsLabel", out var list)
            ? [.. list.EnumerateArray().Select(l => (Small(l, "label"), Small(l, "exp"), Small(l, "sBit"), Small(l, "ttl")))]
            : [];

    /// <summary>Reads whole messages, one after the other, with the <c>capnp</c> tool.</summary>
    public static async Task<IReadOnlyList<ReplyRecord>> ReadAsync(ReadOnlyMemory<byte> messages, CancellationToken cancel) =>
        [.. (await CapnpTool.ReadAsync(messages, RepositoryFolder.Schema("reply"), "Reply", cancel)).Select(json => new ReplyRecord(json))];

    public ulong Number(string name) => ulong.Parse(Json.GetProperty(name).ToString(), CultureInfo.InvariantCulture);

    public string Address(string name)
    {
        byte[] bytes = [.. Json.GetProperty(name).EnumerateArray().Select(o => o.GetByte())];
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private string Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString()! : "";

    private static uint Small(JsonElement element, string name) => element.GetProperty(name).GetUInt32();
}
