using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shared.Hosting.Flags;

/// <summary>What a command line and an environment say: the value of every flag of the set.</summary>
public sealed class FlagValues
{
    private readonly ParseResult _parsed;
    private readonly Func<string, string?> _environment;

    internal FlagValues(ParseResult parsed, Func<string, string?> environment)
    {
        _parsed = parsed;
        _environment = environment;
    }

    public T Get<T>(Flag<T> flag) => _parsed.GetValue(flag.TypedOption)!;

    /// <summary>How often a repeatable switch (<c>-vv</c>) stands on the command line, or the number in its variable.</summary>
    public int Get(CountFlag flag) =>
        _parsed.GetResult(flag.Flag.TypedOption) is { Implicit: false } given ? given.IdentifierTokenCount : _parsed.GetValue(flag.Flag.TypedOption);

    public FlagSource SourceOf(Flag flag) =>
        _parsed.GetResult(flag.Option) is OptionResult { Implicit: false } ? FlagSource.CommandLine
        : string.IsNullOrEmpty(_environment(flag.Variable)) ? FlagSource.Default
        : FlagSource.Environment;

    /// <exception cref="UsageException">It is given twice, or its file cannot be read.</exception>
    public string Get(SecretFlag secret)
    {
        var (value, file) = (SourceOf(secret.Value), SourceOf(secret.File));
        if (value == file && value == FlagSource.CommandLine)
            throw new UsageException($"{secret.Value.Name} and {secret.File.Name} exclude each other: give one of them");
        if (value == file && value == FlagSource.Environment)
            throw new UsageException($"{secret.Value.Variable} and {secret.File.Variable} exclude each other: set one of them");
        if (value == file)
            return secret.Fallback;
        if (value > file)
            return Text(secret.Value);
        string path = Text(secret.File);
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{secret.File.Name}: {path} cannot be read ({e.Message})");
        }
    }

    private string Text(Flag<string?> flag) => Get(flag) ?? _environment(flag.Variable)!;

    internal string Show(Flag flag)
    {
        var source = SourceOf(flag);
        if (flag.IsSecret && source != FlagSource.Default)
            return "(hidden)";
        string shown = flag.Show(_parsed);
        return shown.Length == 0 && source == FlagSource.Environment ? _environment(flag.Variable)! : shown;
    }
}
