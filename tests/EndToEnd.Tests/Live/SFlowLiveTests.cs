using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Runs real exporters and the real collector on real packets, and tests that the sampled totals times the sampling rate are the traffic.
/// </summary>
public sealed class SFlowLiveTests
{
    private const int Rate = 20, UdpPackets = 20_000, TcpMegabytes = 24;

    [Fact]
    public async Task Samples_of_Open_vSwitch_add_up_to_the_traffic()
    {
        Programs.Need("ovs-vswitchd", "ovsdb-server", "ovs-vsctl");
        var cancel = TestContext.Current.CancellationToken;
        await using var lab = await SFlowLab.StartAsync(isRouted: false, cancel);
        await OpenVSwitch.StartAsync(lab.Network, Rate, headerBytes: 128, cancel);
        await AgreesAsync(lab, isRouted: false, cancel);
    }

    [Fact]
    public async Task Samples_of_pmacct_add_up_to_the_traffic()
    {
        Programs.Need("pmacctd");
        var cancel = TestContext.Current.CancellationToken;
        await using var lab = await SFlowLab.StartAsync(isRouted: true, cancel);
        await Pmacct.StartAsync(lab.Network, Rate, cancel);
        await AgreesAsync(lab, isRouted: true, cancel);
    }

    private static async Task AgreesAsync(SFlowLab lab, bool isRouted, CancellationToken cancel)
    {
        var sent = await lab.SendAsync(isRouted, UdpPackets, TcpMegabytes, cancel);
        var estimate = await lab.EstimateAsync(isRouted, cancel);
        string figures = $"sent {sent}; estimated {estimate}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        // With n samples, the estimate's standard error is less than 1/sqrt(n). Four of these are exceeded once in 16,000 runs.
        AssertNear(sent.UdpPackets, estimate.UdpPackets, estimate.UdpSamples, figures);
        AssertNear(sent.UdpPackets * SFlowLab.Payload, estimate.UdpBytes, estimate.UdpSamples, figures);
        AssertNear(sent.TcpBytes, estimate.TcpBytes, estimate.TcpSamples, figures);
    }

    private static void AssertNear(double sent, double estimated, int samples, string figures)
    {
        Assert.True(samples > 100, figures);
        Assert.True(Math.Abs(estimated - sent) / sent < 4 / Math.Sqrt(samples), figures);
    }
}
