using System.CommandLine;
using System.Globalization;

namespace Shared.Hosting.Flags;

/// <summary>
/// Declares the flags of a program and reads their values. A program's options come from one method, which asks for every flag once,
/// even if another flag makes it useless. The method runs twice: first to declare, when each call returns the default, then to read.
/// </summary>
/// <remarks>Each flag is an environment variable too: <c>--kafka-topic</c> of a program "foo" is <c>FOO_KAFKA_TOPIC</c>. An empty variable
/// counts as unset.</remarks>
public sealed class FlagReader
{
    private const string Never = "never";

    private readonly string _program;
    private readonly Dictionary<string, Flag>? _declared;
    private readonly ParseResult? _parsed;
    private readonly List<FlagValue> _values = [];
    private string _group = "";

    internal FlagReader(string program, Func<string, string?> environment)
    {
        _program = program;
        Environment = environment;
    }

    internal FlagReader(FlagReader declared, ParseResult parsed)
        : this(declared._program, declared.Environment)
    {
        _declared = declared._values.ToDictionary(value => value.Flag.Name, value => value.Flag);
        _parsed = parsed;
    }

    /// <summary>Looks an environment variable up.</summary>
    internal Func<string, string?> Environment { get; }

    /// <summary>The flags that were asked for so far, with their values.</summary>
    internal IReadOnlyList<FlagValue> Values => _values;

    /// <summary>Puts the flags that follow under this heading.</summary>
    public void Group(string name) => _group = name;

    /// <summary>A flag with one value.</summary>
    /// <param name="name">The name with its dashes.</param>
    /// <param name="valueName">A placeholder for the value in the help, e.g. <c>HOST:PORT</c>.</param>
    /// <param name="fallback">The value when nothing is given.</param>
    /// <param name="parse">Throws <see cref="FormatException"/> with a message that quotes the text.</param>
    /// <param name="help">What it does, with its unit.</param>
    /// <param name="defaultInWords">For a default that differs from machine to machine.</param>
    public T Get<T>(string name, string valueName, T fallback, Func<string, T> parse, string help, string? defaultInWords = null)
    {
        var flag = Declare(new Flag
        {
            Name = name,
            ValueName = valueName,
            Group = _group,
            Help = help,
            Default = Show(fallback),
            DefaultInWords = defaultInWords,
        });
        var value = Given(flag) is ([var text, ..], var origin) ? Parse(origin, text, parse) : fallback;
        Note(flag, Show(value));
        return value;
    }

    /// <summary>A flag with a text, without a default.</summary>
    public string? Text(string name, string valueName, string help) => Get<string?>(name, valueName, null, FlagText.Any, help);

    /// <summary>A whole number of seconds.</summary>
    public TimeSpan Seconds(string name, TimeSpan fallback, int min, int max, string help) =>
        TimeSpan.FromSeconds(Get(name, "SECONDS", (int)fallback.TotalSeconds, FlagText.Integer(min, max), help));

    /// <summary>A whole number of seconds, or <c>never</c>, which is null.</summary>
    public TimeSpan? SecondsOrNever(string name, TimeSpan? fallback, string help)
    {
        string text = fallback is { } time ? Show((int)time.TotalSeconds) : Never;
        text = Get(name, "SECONDS", text, FlagText.IntegerOr(Never, 1, 31_536_000), help);
        return text == Never ? null : TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture));
    }

    /// <summary>A whole number of milliseconds.</summary>
    public TimeSpan Milliseconds(string name, TimeSpan fallback, int min, string help) =>
        TimeSpan.FromMilliseconds(Get(name, "MS", (int)fallback.TotalMilliseconds, FlagText.Integer(min), help));

    /// <summary>A flag that may be repeated, or hold several values with commas between them.</summary>
    public IReadOnlyList<T> List<T>(string name, string valueName, IReadOnlyList<T> fallback, Func<string, T> parse, string help)
    {
        var flag = Declare(new Flag
        {
            Name = name,
            ValueName = valueName,
            Group = _group,
            Help = $"{help}. Repeat it, or put commas between the values",
            Default = string.Join(',', fallback),
            IsRepeatable = true,
        });
        IReadOnlyList<T> values = Given(flag) is ({ } texts, var origin)
            ? [.. texts.SelectMany(text => text.Split(',')).Select(text => Parse(origin, text.Trim(), parse))]
            : fallback;
        Note(flag, string.Join(',', values));
        return values;
    }

    /// <summary>A flag without a value; its variable has to be true or false.</summary>
    public bool Switch(string name, string help)
    {
        var flag = Declare(new Flag { Name = name, Group = _group, Help = help });
        if (_parsed is not null && flag.In(_parsed)?.IdentifierTokenCount > 1)
            throw new UsageException($"{name} may be given once");
        bool isOn = Given(flag) is (var texts, var origin) && (texts is not [var text] || Parse(origin, text, FlagText.Switch));
        Note(flag, isOn ? "true" : "false");
        return isOn;
    }

    /// <summary>A switch whose repetitions count, as in <c>-vv</c>; its variable holds the number.</summary>
    public int Count(string name, string shortName, string help)
    {
        var flag = Declare(new Flag { Name = name, ShortName = shortName, Group = _group, Help = help, Default = "0" });
        int count = Given(flag) is not (var texts, var origin) ? 0
            : texts is [var text] ? Parse(origin, text, FlagText.Integer(0, 9))
            : flag.In(_parsed!)!.IdentifierTokenCount;
        Note(flag, Show(count));
        return count;
    }

    /// <summary>
    /// A password or key: <c>--x SECRET</c>, or <c>--x-file PATH</c>, so that it need not be among the process's arguments. A line end
    /// at the end of the file is left out.
    /// </summary>
    /// <exception cref="UsageException">Both are given, or the file cannot be read.</exception>
    public string Secret(string name, string fallback, string help)
    {
        var value = Declare(new Flag { Name = name, ValueName = "SECRET", Group = _group, Help = help, Default = fallback });
        var file = Declare(new Flag { Name = $"{name}-file", ValueName = "PATH", Group = _group, Help = "The file that holds it instead" });
        var (valueSource, fileSource) = (SourceOf(value), SourceOf(file));
        Note(value, valueSource == FlagSource.Default ? "" : "(hidden)");
        Note(file, Given(file) is ([var path], _) ? path : "");
        if (valueSource == fileSource && valueSource == FlagSource.CommandLine)
            throw new UsageException($"{value.Name} and {file.Name} exclude each other: give one of them");
        if (valueSource == fileSource && valueSource == FlagSource.Environment)
            throw new UsageException($"{value.Variable} and {file.Variable} exclude each other: set one of them");
        return valueSource > fileSource ? Given(value)!.Value.Texts![0]
            : fileSource > valueSource ? ReadFile(file.Name, Given(file)!.Value.Texts![0])
            : fallback;
    }

    /// <summary>Returns the source of the value of a flag that was asked for before.</summary>
    public FlagSource SourceOf(string name) => _values.Single(value => value.Flag.Name == name).Source;

    /// <summary>The path of a file or folder in the program's state directory, for a flag that names another one.</summary>
    /// <param name="flag">The flag's name.</param>
    /// <param name="valueName">PATH or DIR.</param>
    /// <param name="file">The name in the directory.</param>
    /// <param name="help">What is kept there.</param>
    public string StatePath(string flag, string valueName, string file, string help) =>
        Get(flag, valueName, Path.Combine(StateDirectory.Find(_program, Environment), file), FlagText.Any, help,
            $"`{file}` in the [state directory](#state-directory)");

    private Flag Declare(Flag flag)
    {
        if (_declared is null)
            return (flag with { Variable = $"{_program}_{flag.Name.TrimStart('-')}".Replace('-', '_').ToUpperInvariant() }).WithOption();
        return _declared.TryGetValue(flag.Name, out var declared)
            ? declared
            : throw new InvalidOperationException($"{flag.Name} was not declared: the options ask for it only when another flag is given");
    }

    private void Note(Flag flag, string text) => _values.Add(new FlagValue(flag, text, SourceOf(flag)));

    private FlagSource SourceOf(Flag flag) =>
        _parsed is null ? FlagSource.Default
        : flag.In(_parsed) is not null ? FlagSource.CommandLine
        : string.IsNullOrEmpty(Environment(flag.Variable!)) ? FlagSource.Default
        : FlagSource.Environment;

    // The texts are null for a switch on the command line. The origin is what an error names.
    private (string[]? Texts, string Origin)? Given(Flag flag) => SourceOf(flag) switch
    {
        FlagSource.CommandLine when flag.ValueName is null => (null, flag.Name),
        FlagSource.CommandLine => ([.. flag.In(_parsed!)!.Tokens.Select(token => token.Value)], flag.Name),
        FlagSource.Environment => ([Environment(flag.Variable!)!], flag.Variable!),
        _ => null,
    };

    private static string ReadFile(string flag, string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{flag}: {path} cannot be read ({e.Message})");
        }
    }

    private static T Parse<T>(string origin, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{origin}: {e.Message}");
        }
    }

    private static string Show<T>(T value) =>
        value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : value?.ToString() ?? "";
}
