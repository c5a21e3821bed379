using System.Text.RegularExpressions;

namespace Suite.Tests.Records;

/// <summary>A column's declaration in a file.</summary>
/// <param name="Rest">DEFAULT and CODEC; empty if there is none.</param>
internal sealed record SqlColumn(string Name, string Type, string Rest);

/// <summary>Reads a file of clickhouse-tables, or the output of its script, with one clause or column a line.</summary>
internal sealed partial class SqlFile(string text)
{
    public static string Folder { get; } = Path.Combine(RepositoryFolder.Root, "clickhouse-tables");

    /// <summary>The text without comments and semicolons.</summary>
    public IReadOnlyList<string> Statements { get; } =
        [.. Comment().Replace(text, "").Split(';').Select(s => s.Trim()).Where(s => s.Length > 0)];

    public static SqlFile Read(string path) => new(File.ReadAllText(Path.Combine(Folder, path)));

    /// <summary>Returns the columns of <c>CREATE TABLE</c>, in order; none if the table is not in the file.</summary>
    public IReadOnlyList<SqlColumn> Columns(string table) =>
        ColumnsIn(Statement($"CREATE TABLE (IF NOT EXISTS )?{Regex.Escape(table)}\\b"), "");

    /// <summary>Returns the columns that <c>ALTER TABLE</c> adds, in order.</summary>
    public IReadOnlyList<SqlColumn> Added(string table) =>
        ColumnsIn(Statement($"ALTER TABLE {Regex.Escape(table)}\\b"), "ADD COLUMN IF NOT EXISTS ");

    /// <summary>Returns the expressions of a view by target column.</summary>
    public IReadOnlyDictionary<string, string> Selected(string view) =>
        Selection().Matches(Statement($"CREATE MATERIALIZED VIEW {Regex.Escape(view)}\\b"))
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups[m.Groups["expression"].Success ? "expression" : "name"].Value);

    private string Statement(string beginning) => Statements.SingleOrDefault(s => Regex.IsMatch(s, "^" + beginning)) ?? "";

    private static List<SqlColumn> ColumnsIn(string statement, string before) =>
        [.. Regex.Matches(statement, $@"^  {before}(?<name>\w+) (?<type>[A-Z]\w*(?:\(.*?\))?)(?<rest> (?:DEFAULT|CODEC).*?)?,?$",
            RegexOptions.Multiline)
            .Select(m => new SqlColumn(m.Groups["name"].Value, m.Groups["type"].Value, m.Groups["rest"].Value.Trim()))];

    [GeneratedRegex(@"^\s*--.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^  (?:(?<expression>.+) AS )?(?<name>\w+),?$", RegexOptions.Multiline)]
    private static partial Regex Selection();
}
