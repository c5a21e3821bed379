using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Suite.Tests.Records;

/// <summary>Runs the <c>capnp</c> tool of the Cap'n Proto project, which reads the encoder's messages independently.</summary>
internal static class CapnpTool
{
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true };

    /// <summary>Reads every message in <paramref name="messages"/>, in order, with the schema.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ReadAsync(
        ReadOnlyMemory<byte> messages, string schemaFile, string structName, CancellationToken cancel)
    {
        // The tool refuses an empty input.
        if (messages.IsEmpty)
            return [];
        return Parse(await ConvertAsync("binary:json", messages, schemaFile, structName, cancel));
    }

    /// <summary>Runs <c>capnp convert</c>; JSON has one message a line.</summary>
    /// <param name="formats">The formats from and to, such as text:binary.</param>
    public static Task<byte[]> ConvertAsync(
        string formats, ReadOnlyMemory<byte> input, string schemaFile, string structName, CancellationToken cancel,
        params string[] options) =>
        RunAsync(["convert", formats, "--short", .. options, schemaFile, structName], input, cancel);

    /// <summary>Returns the text form of every message, as <c>capnp decode</c> prints it.</summary>
    public static async Task<string> DecodeAsync(
        ReadOnlyMemory<byte> messages, string schemaFile, string structName, CancellationToken cancel) =>
        Encoding.UTF8.GetString(await RunAsync(["decode", "--short", schemaFile, structName], messages, cancel));

    private static List<JsonElement> Parse(byte[] json)
    {
        var values = new List<JsonElement>();
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
            values.Add(JsonElement.ParseValue(ref reader));
        return values;
    }

    private static async Task<byte[]> RunAsync(string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        Programs.Need("capnp");
        using var process = Process.Start(new ProcessStartInfo("capnp", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool has ended before it has read everything. Its exit code and output give the reason.
        }
        await reading;
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, $"capnp {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}");
        return output.ToArray();
    }
}
