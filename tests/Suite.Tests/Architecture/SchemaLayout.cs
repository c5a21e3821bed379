using System.Diagnostics;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>A field's place by the Cap'n Proto compiler: bits of the data section, or the number of a pointer.</summary>
internal sealed record FieldLayout(string Name, string Type, int FirstBit, int Bits, int Pointer)
{
    public bool IsPointer => Pointer >= 0;
}

/// <summary>A struct's sections and fields, by ordinal.</summary>
internal sealed record StructLayout(string Name, int DataBytes, int Pointers, IReadOnlyList<FieldLayout> Fields)
{
    public FieldLayout this[string field] => Fields.Single(f => f.Name == field);
}

/// <summary>Reads the layout of the schemas from the reference implementation, <c>capnp compile -ocapnp</c>.</summary>
internal static partial class SchemaLayout
{
    public static async Task<string> CompileAsync(CancellationToken cancel)
    {
        var schemas = Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, "schemas"), "*.capnp").Order(StringComparer.Ordinal)
            .Select(Path.GetFileName);
        string folder = Path.Combine(RepositoryFolder.Root, "schemas");
        using var process = Process.Start(new ProcessStartInfo("capnp", ["compile", "-ocapnp", .. schemas!])
        {
            WorkingDirectory = folder,
            // The tool warns if this differs.
            Environment = { ["PWD"] = folder },
            RedirectStandardOutput = true,
        })!;
        string layout = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.Equal(0, process.ExitCode);
        return layout;
    }

    public static async Task<Dictionary<string, StructLayout>> ReadAsync(CancellationToken cancel)
    {
        var structs = new Dictionary<string, StructLayout>();
        var fields = new List<FieldLayout>();
        foreach (string line in (await CompileAsync(cancel)).Split('\n'))
        {
            if (StructLine().Match(line) is { Success: true } start)
            {
                fields = [];
                string name = start.Groups["name"].Value;
                structs.Add(name, new StructLayout(name, Number(start, "bytes"), Number(start, "pointers"), fields));
            }
            else if (FieldLine().Match(line) is { Success: true } field)
            {
                int first = Number(field, "first");
                fields.Add(new FieldLayout(field.Groups["name"].Value, field.Groups["type"].Value, first, Number(field, "end") - first,
                    field.Groups["pointer"].Success ? Number(field, "pointer") : -1));
            }
        }
        return structs;
    }

    private static int Number(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^struct (?<name>\w+) @0x\w+ \{  # (?<bytes>\d+) bytes, (?<pointers>\d+) ptrs")]
    private static partial Regex StructLine();

    [GeneratedRegex(@"^  (?<name>\w+) @\d+ :(?<type>[\w()]+);  # (?:bits\[(?<first>\d+), (?<end>\d+)\)|ptr\[(?<pointer>\d+)\])")]
    private static partial Regex FieldLine();
}
