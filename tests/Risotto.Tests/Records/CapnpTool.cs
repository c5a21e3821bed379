using System.Diagnostics;
using System.Text.Json;

namespace Risotto.Tests.Records;

/// <summary>The reference implementation's reader: <c>capnp convert binary:json</c>.</summary>
internal static class CapnpTool
{
    public static async Task<List<JsonElement>> ReadAsync(byte[] messages, string schema, string type)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo(
            "capnp", ["convert", "binary:json", "--short", Path.Combine(SchemaFolder, schema + ".capnp"), type])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.BaseStream.WriteAsync(messages, cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, await errors);

        var records = new List<JsonElement>();
        foreach (string line in (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            records.Add(JsonDocument.Parse(line).RootElement.Clone());
        return records;
    }

    private static string SchemaFolder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string schemas = Path.Combine(folder.FullName, "schemas");
                if (Directory.Exists(schemas))
                    return schemas;
            }
            throw new DirectoryNotFoundException("No folder above the test has a folder 'schemas'");
        }
    }
}
