using System.Diagnostics;
using System.Xml.Linq;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Runs the <c>tshark</c> of this machine.</summary>
internal static class Tshark
{
    // The ports of the stations in the captures. tshark does not look for BMP on other ports.
    private static readonly string[] BmpPorts = ["1790", "10179", "11019"];

    public static async Task<XDocument> PdmlAsync(string capture, CancellationToken cancel)
    {
        Programs.Need("tshark");
        var decodeAs = BmpPorts.SelectMany(p => (string[])["-d", $"tcp.port=={p},bmp"]);
        string[] arguments = ["-n", "-r", capture, .. decodeAs, "-Y", "bmp", "-T", "pdml", "-J", "bmp bgp"];
        using var process =
            Process.Start(new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancel);
        var pdml = await XDocument.LoadAsync(process.StandardOutput.BaseStream, LoadOptions.None, cancel);
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, $"tshark ended with {process.ExitCode}: {await errors}");
        return pdml;
    }
}
