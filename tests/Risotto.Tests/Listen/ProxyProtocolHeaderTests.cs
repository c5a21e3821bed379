using System.Buffers.Binary;
using Risotto.Listen;

namespace Risotto.Tests.Listen;

/// <summary>The PROXY header of section 2.2 of proxy-protocol.txt: what stands in it, and what is no header.</summary>
public sealed class ProxyProtocolHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    // What Amazon's network load balancer sent (its own published example): checksum, endpoint id, and padding.
    private const string LoadBalancer =
        Signature + "21110054AC1F0771AC1F0A1FC8F20050" + "030004E8D6892D" + "EA001701767063652D3038643262663135666163353030316339"
        + "040024" + "000000000000000000000000000000000000000000000000000000000000000000000000";

    // What HAProxy sent with send-proxy-v2-ssl-cn.
    private const string HaProxy = Signature + "211100407F0000017F000001CC8A232E" + "2000310700000000210007544C5376312E3322001F"
        + "4578616D706C6520436F6D6D6F6E204E616D6520436C69656E742043657274";

    private const string V4 = "21110000" + "C0000201" + "C0000202" + "C350" + "0FA0";
    private const string V6 = "21210000" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "C350" + "0FA0";
    private const string Mapped = "21210000" + "00000000000000000000FFFFC0000201" + "20010DB8000000000000000000000002" + "C350" + "0FA0";

    public static TheoryData<string, string?> Sound => new()
    {
        { LoadBalancer, "172.31.7.113:51442" },
        { HaProxy, "127.0.0.1:52362" },
        { Header(V4), "192.0.2.1:50000" },
        { Header(V6), "[2001:db8::1]:50000" },
        { Header(Mapped), "192.0.2.1:50000" },
        // A type that nobody has given a meaning, without a value and with one.
        { Header(V4 + "EE0000" + "EF0001AA"), "192.0.2.1:50000" },
        // LOCAL: nothing behind it counts, whatever the family says.
        { Header("20000000"), null },
        { Header("20110000"), null },
        { Header("20FF0000" + "FFFFFFFF"), null },
        { Header("20110000" + "C0000201" + "C0000202" + "C350" + "0FA0" + "030004DEADBEEF"), null },
    };

    public static TheoryData<string, string> Hostile => new()
    {
        { "03", nameof(Refusal.ProxyHeaderMissing) },
        { "0D0A0D0A000D0A515549540B", nameof(Refusal.ProxyHeaderMissing) },
        // Version 1: "PROXY TCP4 192.0.2.1 ..."
        { Convert.ToHexString("PROXY TCP4 192.0.2.1 192.0.2.2 50000 4000\r\n"u8), nameof(Refusal.ProxyHeaderMissing) },
        // A TLS record.
        { "16030100", nameof(Refusal.ProxyHeaderMissing) },
        { Header("11" + V4[2..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("31" + V4[2..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("22" + V4[2..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("2F" + V4[2..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("2141" + V4[4..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("2113" + V4[4..]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("21000000"), nameof(Refusal.ProxyHeaderNoAddress) },
        { Header("2112" + V4[4..]), nameof(Refusal.ProxyHeaderNoAddress) },
        { Header("2122" + V6[4..]), nameof(Refusal.ProxyHeaderNoAddress) },
        { Header("21310000" + new string('0', 432)), nameof(Refusal.ProxyHeaderNoAddress) },
        // Addresses cut short, and those of IPv4 where IPv6 is said.
        { Header("21110000"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4[..^2]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V6[..^2]), nameof(Refusal.ProxyHeaderInvalid) },
        { Header("2121" + V4[4..]), nameof(Refusal.ProxyHeaderInvalid) },
        // TLVs cut short.
        { Header(V4 + "EE"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4 + "EE00"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4 + "EE0001"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4 + "EEFFFF00"), nameof(Refusal.ProxyHeaderInvalid) },
        // The checksum: of another length, and of another header.
        { Header(V4 + "030003AAAAAA"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4 + "0300050000000000"), nameof(Refusal.ProxyHeaderInvalid) },
        { Header(V4 + "03000400000000"), nameof(Refusal.ProxyHeaderChecksum) },
        { LoadBalancer.Replace("C8F2", "C8F3", StringComparison.Ordinal), nameof(Refusal.ProxyHeaderChecksum) },
        { LoadBalancer.Replace("AC1F0771", "AC1F0772", StringComparison.Ordinal), nameof(Refusal.ProxyHeaderChecksum) },
        // A length that no header has is refused before it is waited for.
        { Signature + "2111FFFF", nameof(Refusal.ProxyHeaderTooLong) },
        { Signature + "20000FF1", nameof(Refusal.ProxyHeaderTooLong) },
    };

    [Theory]
    [MemberData(nameof(Sound))]
    public void A_header_names_the_router(string hex, string? source)
    {
        byte[] header = Convert.FromHexString(hex);
        for (int length = 0; length < header.Length; length++)
        {
            Assert.False(ProxyProtocolHeader.TryRead(header.AsSpan(0, length), out _, out var needsMore));
            Assert.Equal(Refusal.None, needsMore);
        }
        foreach (byte[] behind in new byte[][] { [], [3], [0x16, 3, 1], header })
        {
            Assert.True(ProxyProtocolHeader.TryRead([.. header, .. behind], out var read, out var refusal));
            Assert.Equal(Refusal.None, refusal);
            Assert.Equal(header.Length, read.Length);
            Assert.Equal(source, read.Source?.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Bytes_that_are_no_header_are_refused_with_a_reason(string hex, string reason)
    {
        Assert.False(ProxyProtocolHeader.TryRead(Convert.FromHexString(hex), out _, out var refusal));
        Assert.Equal(reason, refusal.ToString());
    }

    [Fact]
    public void The_longest_header_is_taken() =>
        Assert.True(
            ProxyProtocolHeader.TryRead(
                Convert.FromHexString(Header("20000000" + new string('F', 2 * (ProxyProtocolHeader.MaxLength - 16)))), out _, out _));

    [Fact]
    public void A_hundred_thousand_mutations_are_read_whole_refused_or_waited_for()
    {
        byte[][] seeds = [.. Sound.Select(row => Convert.FromHexString(row.Data.Item1))];
        var random = new Random(20260);
        var outcomes = new Dictionary<Refusal, int>();
        int taken = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = Mutate(seeds[random.Next(seeds.Length)], random);
            bool isRead = ProxyProtocolHeader.TryRead(bytes, out var header, out var refusal);
            outcomes[refusal] = outcomes.GetValueOrDefault(refusal) + 1;
            taken += isRead ? 1 : 0;
            if (isRead)
                Assert.InRange(header.Length, 16, Math.Min(bytes.Length, ProxyProtocolHeader.MaxLength));
            // What is decided does not change with what comes behind, and the header's own bytes suffice for it.
            if (isRead || refusal != Refusal.None)
            {
                Assert.Equal(isRead, ProxyProtocolHeader.TryRead([.. bytes, 0x03, 0x00], out var same, out var sameRefusal));
                Assert.Equal((header, refusal), (same, sameRefusal));
            }
            if (isRead)
                Assert.False(ProxyProtocolHeader.TryRead(bytes.AsSpan(0, header.Length - 1), out _, out _));
            if (refusal == Refusal.None && !isRead)
                Assert.True(bytes.Length < 16 || bytes.Length < 16 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(14)));
        }
        // Every way out was gone.
        Assert.True(taken > 1000, $"{taken} taken");
        Assert.Equal(
            [Refusal.None, Refusal.ProxyHeaderMissing, Refusal.ProxyHeaderInvalid, Refusal.ProxyHeaderTooLong, Refusal.ProxyHeaderChecksum,
                Refusal.ProxyHeaderNoAddress],
            outcomes.Keys.Order());
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        // The signature is left alone mostly, or nothing behind it would ever be looked at.
        int from = random.Next(10) == 0 ? 0 : 12;
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(Math.Min(from, bytes.Count - 1), bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 5))); break;
                case 3: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 5)).Select(_ => (byte)random.Next(256))); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
            if (bytes.Count < 2)
                break;
        }
        return [.. bytes];
    }

    // The signature before it, and the length that it has in its place.
    internal static string Header(string rest)
    {
        byte[] bytes = Convert.FromHexString(Signature + rest);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)(bytes.Length - 16));
        return Convert.ToHexString(bytes);
    }
}
