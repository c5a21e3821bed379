using System.Globalization;

namespace Suite.Tests.Replay;

/// <summary>One line of an explanation; the offset is -1 where there is none.</summary>
internal sealed record ExplainedLine(int Offset, string Name, string Value);

/// <summary>One message of the output of <c>replay decode --explain</c>, cut at its columns.</summary>
internal sealed record ExplainedMessage(string Heading, string Text, IReadOnlyList<ExplainedLine> Lines)
{
    private const int OffsetWidth = 8, ValueColumn = 45;

    public int Length => int.Parse(Heading.Split(", ")[2].Split(' ')[0], CultureInfo.InvariantCulture);

    public string Type => Heading.Split(", ")[3].Split('\n')[0];

    /// <summary>The values of the lines with this name, without what became of a prefix.</summary>
    public IEnumerable<string> Values(string name) => Lines.Where(l => l.Name == name).Select(l => l.Value.Split(" -> ")[0].TrimEnd());

    public string Value(string name) => Values(name).First();

    public static List<ExplainedMessage> Parse(string output) =>
        [.. output.TrimEnd('\n').Split("\n\n").Where(block => block.StartsWith("message ", StringComparison.Ordinal)).Select(Of)];

    private static ExplainedMessage Of(string block) =>
        new(block.Split('\n')[0], block,
            [.. block.Split('\n').Where(line => line.StartsWith("   ", StringComparison.Ordinal)).Select(Line)]);

    private static ExplainedLine Line(string line)
    {
        string offset = line.Length > OffsetWidth ? line[..OffsetWidth].Trim() : "";
        bool hasValue = line.Length > ValueColumn;
        return new ExplainedLine(
            offset.Length == 0 ? -1 : int.Parse(offset, CultureInfo.InvariantCulture),
            (hasValue ? line[OffsetWidth..ValueColumn] : line[OffsetWidth..]).Trim(), hasValue ? line[ValueColumn..] : "");
    }
}
