namespace Shared.Hosting.Flags;

/// <summary>Lists a program's flags by group: as text for a terminal, and as Markdown tables for the documentation.</summary>
internal sealed class HelpText
{
    private const int FewestColumns = 60;

    private readonly string _program, _description;
    private readonly IReadOnlyList<IGrouping<string, Flag>> _groups;

    public HelpText(string program, string description, IEnumerable<Flag> flags)
    {
        (_program, _description) = (program, description);
        Flag[] printing =
        [
            new() { Name = "--help", ShortName = "-h", Group = "Program", Help = "Print this help and exit" },
            new() { Name = "--help-markdown", Group = "Program", Help = "Print it as Markdown tables and exit" },
            new() { Name = "--version", ShortName = "-V", Group = "Program", Help = "Print the version and exit" },
        ];
        var groups = printing.Concat(flags).GroupBy(flag => flag.Group).ToList();
        _groups = [.. groups.Skip(1), groups[0]];
    }

    public void WriteText(TextWriter output)
    {
        int column = _groups.SelectMany(group => group).Max(flag => Label(flag).Length) + 4;
        int columns = Console.IsOutputRedirected ? int.MaxValue : Math.Max(FewestColumns, Console.WindowWidth - column);
        output.WriteLine(_description);
        output.WriteLine();
        output.WriteLine($"Usage: {_program} [flags]");
        foreach (var group in _groups)
        {
            output.WriteLine();
            output.WriteLine($"{group.Key}:");
            foreach (var flag in group)
            {
                string label = Label(flag);
                foreach (string line in Wrap(Text(flag), columns))
                {
                    output.WriteLine($"  {label.PadRight(column - 2)}{line}");
                    label = "";
                }
            }
        }
    }

    public void WriteMarkdown(TextWriter output)
    {
        output.WriteLine(_description);
        foreach (var group in _groups)
        {
            output.WriteLine();
            output.WriteLine($"### {group.Key}");
            output.WriteLine();
            output.WriteLine("| Flag | Default | Meaning |");
            output.WriteLine("|---|---|---|");
            foreach (var flag in group)
            {
                string fallback = flag.DefaultInWords ?? (flag.Default.Length > 0 ? $"`{flag.Default}`" : "");
                output.WriteLine($"| `{Label(flag)}` | {fallback} | {flag.Help.Replace("|", "\\|", StringComparison.Ordinal)} |");
            }
        }
    }

    private static string Label(Flag flag) =>
        (flag.ShortName is { } shortName ? $"{shortName}, " : "") + flag.Name + (flag.ValueName is { } value ? $" <{value}>" : "");

    private static string Text(Flag flag) => flag.Help
        + (flag.Variable is { } variable ? $" [env: {variable}]" : "")
        + (flag.Default.Length > 0 ? $" [default: {flag.Default}]" : "");

    private static IEnumerable<string> Wrap(string text, int columns)
    {
        while (text.Length > columns)
        {
            int blank = text.LastIndexOf(' ', columns);
            if (blank <= 0)
                break;
            yield return text[..blank];
            text = text[(blank + 1)..];
        }
        yield return text;
    }
}
