using System.Diagnostics;
using Xunit;

namespace Suite.Tests.Replay;

/// <summary>The reference implementation's tool: <c>capnp convert</c>.</summary>
internal static class Capnp
{
    public static async Task<byte[]> ConvertAsync(string formats, byte[] input, string schema, string type, params string[] options)
    {
        string file = Path.Combine(ReplayRun.RepositoryRoot, "schemas", schema + ".capnp");
        using var process = Process.Start(new ProcessStartInfo("capnp", ["convert", formats, "--short", .. options, file, type])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return output.ToArray();
    }
}
