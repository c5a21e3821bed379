namespace Suite.Tests.Faithful;

/// <summary>What the routers of tests/Captures/cases/bmp have in the end, written by hand from the bytes of each case.</summary>
internal static class CaseTables
{
    public const string Router = "192.0.2.100";

    private const string Sequence65001 = "AS_PATH SEQUENCE 65001; NEXT_HOP 192.0.2.1; ORIGIN IGP";

    /// <summary>By case: "peer view AFI/SAFI prefix: attributes".</summary>
    public static readonly Dictionary<string, string[]> Expected = new()
    {
        ["dup-peer-up"] = [$"192.0.2.1 view 0 1/1 198.51.100.0/24: {Sequence65001}"],
        ["frr-22637-mixed"] =
        [
            "192.0.2.1 view 0 1/1 198.51.100.0/24: AS_PATH SEQUENCE 65001; ORIGIN IGP",
            "192.0.2.1 view 0 2/1 2001:db8:1::/48: AS_PATH SEQUENCE 65001; NEXT_HOP 2001:db8::1; ORIGIN IGP",
        ],
        ["live-addpath-ambiguous"] =
        [
            $"192.0.2.1 view 0 1/1 203.0.0.0/24: {Sequence65001}",
            $"192.0.2.1 view 0 1/1 203.0.1.0/24: {Sequence65001}",
            $"192.0.2.1 view 0 1/1 203.0.2.0/24: {Sequence65001}",
            $"192.0.2.1 view 0 1/1 203.0.3.0/24: {Sequence65001}",
        ],
        ["locrib-ambiguous-then-clear"] =
        [
            $":: view 4 1/1 198.51.100.0/25: {Sequence65001}",
            $":: view 4 1/1 203.0.0.0/24: {Sequence65001}",
            $":: view 4 1/1 203.0.1.0/24: {Sequence65001}",
            $":: view 4 1/1 203.0.2.0/24: {Sequence65001}",
            $":: view 4 1/1 203.0.3.0/24: {Sequence65001}",
        ],
        ["no-next-hop-replaces"] = ["192.0.2.1 view 1 1/1 198.51.100.0/24: AS_PATH SEQUENCE 65001 65002; ORIGIN IGP"],
        ["pd-reason1-short"] = [],
        ["pd-reason2-no-fsm"] = [],
        ["ribout-pre-empty-nh"] =
        [
            "192.0.2.1 view 2 1/1 198.51.100.0/24: AS_PATH ; ORIGIN IGP",
            "192.0.2.1 view 2 2/1 2001:db8:1::/48: AS_PATH ; ORIGIN IGP",
        ],
        ["same-link-local-peers"] =
        [
            "fe80::1 AS 65002 ID c0000202 view 0 2/1 2001:db8:1::/48: AS_PATH SEQUENCE 65002; NEXT_HOP fe80::1; ORIGIN IGP",
            "fe80::1 AS 65002 ID c0000202 view 0 2/1 2001:db8:2::/48: AS_PATH SEQUENCE 65002; NEXT_HOP fe80::1; ORIGIN IGP",
        ],
        ["termination-then-routes"] = [$"192.0.2.1 view 0 1/1 198.51.100.0/24: {Sequence65001}"],
        ["two-updates-one-rm"] =
        [
            $"192.0.2.1 view 0 1/1 198.51.100.0/24: {Sequence65001}",
            $"192.0.2.1 view 0 1/1 203.0.113.0/24: {Sequence65001}",
        ],
        ["v4-rm"] = [$"192.0.2.1 view 0 1/1 198.51.100.0/24: {Sequence65001}"],
        ["vpn-label-no-bos"] =
            [$"192.0.2.1 view 0 1/128 RD 0000fde800000001 198.51.100.0/24: {Sequence65001}; labels 256"],
        ["vpn-withdraw-compat-no-bos"] = [],
        ["vpnv4-nh16-replaces"] =
        [
            "192.0.2.1 view 0 1/128 RD 0000fde800000001 198.51.100.0/24: "
                + "AS_PATH SEQUENCE 65001 65003; NEXT_HOP 2001:db8::1; ORIGIN IGP; labels 1",
        ],
    };

    /// <summary>Two routers negotiate ADD-PATH and write no identifiers; that cannot be seen in the first UPDATE.</summary>
    public static Func<RibKey, bool?>? PathIds(string name) =>
        name is "live-addpath-ambiguous" or "locrib-ambiguous-then-clear" ? _ => false : null;
}
