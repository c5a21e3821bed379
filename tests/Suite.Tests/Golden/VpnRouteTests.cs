using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>
/// Compares route distinguisher, prefix and labels of VPN routes. The oracle files hold only a part of them, so the test asks tshark for
/// the bytes of each route and reads them by RFC 4364 4.3.4 and RFC 8277 2.
/// </summary>
public class VpnRouteTests
{
    private const int VpnSafi = 128;

    public static TheoryData<string> Captures => [.. CaptureFiles.Bmp.Where(HasVpn)];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Vpn_routes_have_the_route_distinguishers_and_prefixes_that_tshark_shows(string capture)
    {
        var cancel = TestContext.Current.CancellationToken;
        string file = CaptureFiles.PathOf(capture);
        var routes = new List<string>();
        foreach (var stream in CaptureRun.Play(file).Streams)
            routes.AddRange((await stream.RecordsAsync(cancel)).Where(r => r.Safi == VpnSafi).Select(FromRecord));
        var expected = FromTshark(await Tshark.PdmlAsync(file, cancel));

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
    }

    private static bool HasVpn(string capture) =>
        OracleCapture.Find(CaptureFiles.PathOf(capture))!.Messages.SelectMany(m => m.Announced.Concat(m.Withdrawn))
            .Any(route => route.Split(' ')[0].EndsWith($"/{VpnSafi}", StringComparison.Ordinal));

    private static string FromRecord(UpdateRecord r) =>
        Text(r.Announced, r.RouteDistinguisher, r.PrefixAddr, r.PrefixLen, r.MplsLabels);

    private static List<string> FromTshark(XDocument pdml)
    {
        var routes = new List<string>();
        foreach (var attribute in pdml.Descendants("field").Where(f => Name(f) == "bgp.update.path_attribute"))
        {
            foreach (string direction in (string[])["mp_reach_nlri", "mp_unreach_nlri"])
            {
                string name = "bgp.update.path_attribute." + direction;
                if (Show(attribute, name + ".safi") != "128")
                    continue;
                bool isIpv4 = Show(attribute, name + ".afi") == "1";
                routes.AddRange(attribute.Elements("field").Where(f => Name(f) == name).Elements("field")
                    .Select(route =>
                        ReadRoute(Convert.FromHexString(route.Attribute("value")!.Value), direction == "mp_reach_nlri", isIpv4)));
            }
        }
        return routes;
    }

    private static string ReadRoute(byte[] bytes, bool announced, bool isIpv4)
    {
        int at = 1, bits = bytes[0];
        var labels = new List<uint>();
        bool isBottom = false;
        while (!isBottom)
        {
            uint entry = (uint)(bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
            labels.Add(entry >> 4);
            // RFC 8277 2.4: in a withdrawal the field holds no label.
            isBottom = (entry & 1) != 0 || !announced;
            at += 3;
            bits -= 24;
        }
        ulong distinguisher = Convert.ToUInt64(Convert.ToHexString(bytes, at, 8), 16);
        var address = new byte[isIpv4 ? 4 : 16];
        bytes.AsSpan(at + 8).CopyTo(address);
        return Text(announced, distinguisher, new IPAddress(address).ToString(), bits - 64, labels);
    }

    private static string Text(bool announced, ulong distinguisher, string prefix, int length, IEnumerable<uint> labels) =>
        announced
            ? $"+ {distinguisher.ToString("x16", CultureInfo.InvariantCulture)} {prefix}/{length} labels {string.Join(',', labels)}"
            : $"- {distinguisher.ToString("x16", CultureInfo.InvariantCulture)} {prefix}/{length}";

    private static string? Name(XElement field) => field.Attribute("name")?.Value;

    private static string? Show(XElement parent, string name) =>
        parent.Descendants("field").FirstOrDefault(f => Name(f) == name)?.Attribute("show")?.Value;
}
