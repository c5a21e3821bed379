using System.Net;
using System.Text.Json;
using SaimirisGateway.Probes.Decode;
using SaimirisGateway.Probes.Encode;
using Shared.Records.Wire;
using Suite.Tests.Records;

namespace SaimirisGateway.Tests.Probes.Encode;

public sealed class ProbeEncoderTests
{
    [Fact]
    public void The_contracts_probe_has_the_contracts_bytes()
    {
        byte[] message = Encode(Probe("2001:db8::1", 24000, 33434, 5, ProtocolCode.IcmpV6));
        Assert.Equal("00000000050000000000000001000100c05d9a8205000300010000008200000020010db8000000000000000000000001",
            Convert.ToHexStringLower(message));
    }

    [Fact]
    public async Task The_capnp_tool_reads_what_was_written()
    {
        byte[] messages =
        [
            .. Encode(Probe("2001:db8::ff", 1, 65535, 255, ProtocolCode.Udp)),
            .. Encode(Probe("::ffff:192.0.2.1", 65535, 1, 1, ProtocolCode.IcmpV6)),
        ];
        var read = await CapnpTool.ReadAsync(messages, RepositoryFolder.Schema("probe"), "Probe", TestContext.Current.CancellationToken);
        Assert.Equal(
            ["2001:db8::ff 1 65535 255 udp", "::ffff:192.0.2.1 65535 1 1 icmpv6"],
            read.Select(probe => $"{Address(probe)} {probe.GetProperty("srcPort")} {probe.GetProperty("dstPort")} "
                + $"{probe.GetProperty("ttl")} {probe.GetProperty("protocol")}"));
    }

    private static IPAddress Address(JsonElement probe) =>
        new([.. probe.GetProperty("dstAddr").EnumerateArray().Select(item => item.GetByte())]);

    private static Probe Probe(string destination, ushort sourcePort, ushort destinationPort, byte ttl, ProtocolCode protocol) =>
        new(Ipv6Address.From(IPAddress.Parse(destination)), sourcePort, destinationPort, ttl, protocol);

    private static byte[] Encode(in Probe probe)
    {
        byte[] message = new byte[ProbeEncoder.MessageBytes];
        ProbeEncoder.Write(probe, message);
        return message;
    }
}
