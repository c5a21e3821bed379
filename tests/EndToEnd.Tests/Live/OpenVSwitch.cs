namespace EndToEnd.Tests.Live;

/// <summary>Makes a bridge of Open vSwitch between sw's ports o1 and o2, in user space, with sFlow to the collector over IPv6.</summary>
internal static class OpenVSwitch
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    public static async Task StartAsync(NetworkLab network, int rate, int headerBytes, CancellationToken cancel)
    {
        string folder = network.Folder.FullName, database = $"unix:{folder}/db.sock";
        await NetworkLab.RunAsync("ovsdb-tool", ["create", $"{folder}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema"], cancel);
        network.Start("sw", "ovsdb-server", $"{folder}/conf.db", $"--remote=p{database}", $"--pidfile={folder}/db.pid",
            $"--unixctl={folder}/db.ctl");
        string[] control = ["ovs-vsctl", $"--db={database}", "--timeout=20"];
        await Eventually.TrueAsync(
            async () => await network.TryInAsync("sw", [.. control, "--no-wait", "init"], cancel) is not null,
            StartTimeout, () => "ovsdb-server does not answer: " + network.Logs(), cancel);
        network.Start("sw", "env", $"OVS_RUNDIR={folder}", "ovs-vswitchd", database, $"--pidfile={folder}/vs.pid",
            $"--unixctl={folder}/vs.ctl");
        await network.RunInAsync("sw", [.. control, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev"], cancel);
        foreach (string port in (string[])["o1", "o2"])
            await network.RunInAsync("sw", [.. control, "add-port", "br0", port], cancel);
        await network.RunInAsync("sw",
            [.. control, "--", "--id=@s", "create", "sflow", "agent=oc", $"targets=\"[{SFlowLab.CollectorOverIpv6}]:{SFlowLab.Port}\"",
            $"header={headerBytes}", $"sampling={rate}", "polling=1", "--", "set", "bridge", "br0", "sflow=@s"], cancel);
    }
}
