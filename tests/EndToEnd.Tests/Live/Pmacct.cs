namespace EndToEnd.Tests.Live;

/// <summary>Runs pmacctd's sfprobe on sw's port o1, where h1's packets come in, with sFlow to the collector over IPv4.</summary>
internal static class Pmacct
{
    public static async Task StartAsync(NetworkLab network, int rate, CancellationToken cancel)
    {
        string file = Path.Combine(network.Folder.FullName, "pmacctd.conf");
        await File.WriteAllTextAsync(file,
            $"""
            daemonize: false
            pcap_interface: o1
            plugins: sfprobe
            sampling_rate: {rate}
            sfprobe_receiver: {SFlowLab.CollectorOverIpv4}:{SFlowLab.Port}
            sfprobe_agentip: {SFlowLab.SwitchOverIpv4}
            sfprobe_agentsubid: 1
            sfprobe_ifindex: 101
            sfprobe_direction: in
            snaplen: 192
            pmacctd_pipe_size: 67108864

            """, cancel);
        network.Start("sw", "pmacctd", "-f", file);
    }
}
