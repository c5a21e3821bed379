using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;

namespace Shared.Hosting.Flags;

/// <summary>
/// The flags of a service, on System.CommandLine: each is also an environment variable (<c>--kafka-topic</c> of a service "foo" is
/// <c>FOO_KAFKA_TOPIC</c>; an empty one counts as unset), and one that takes a single value may be given once.
/// </summary>
public sealed class FlagSet
{
    private readonly RootCommand _root;
    private readonly Func<string, string?> _environment;
    private readonly List<Flag> _flags = [];

    /// <param name="program">The service's name, as users type it.</param>
    /// <param name="description">What <c>--help</c> begins with.</param>
    /// <param name="environment">Instead of the process's environment.</param>
    public FlagSet(string program, string description, Func<string, string?>? environment = null)
    {
        Program = program;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _root = new RootCommand(description);
        _root.Directives.Clear();
        foreach (var builtIn in _root.Options.Where(option => option is VersionOption).ToArray())
            _root.Options.Remove(builtIn);
        _root.Add(new Option<bool>("--version", "-V")
        {
            Description = "Print the version and exit",
            Arity = ArgumentArity.Zero,
            Action = new PrintLine($"{program} {Version}"),
        });
        CheckConfig = AddSwitch("--check-config", "Check the configuration, print what the service would run with, and exit: 0 when it is sound, 2 when not");
        HealthCheck = AddSwitch("--healthcheck", "Ask the service that runs here whether it is alive, and exit: 0 when it answers at --metrics-address, 1 when not. Without further flags it takes those of process 1, as in a container");
    }

    public string Program { get; }

    public static string Version { get; } =
        typeof(FlagSet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Only check, do not run.</summary>
    public Flag<bool> CheckConfig { get; }

    /// <summary>Only ask the running service, do not run.</summary>
    public Flag<bool> HealthCheck { get; }

    /// <summary>A flag with one value.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="valueName">What stands for the value in the help, e.g. <c>HOST:PORT</c>.</param>
    /// <param name="fallback">The value when nothing is given.</param>
    /// <param name="parse">Throws <see cref="FormatException"/> with a message that quotes the text.</param>
    /// <param name="help">What it does, with its unit.</param>
    public Flag<T> Add<T>(string name, string valueName, T fallback, Func<string, T> parse, string help)
    {
        string variable = VariableOf(name);
        return Add(new Flag<T>(new Option<T>(name)
        {
            HelpName = valueName,
            Description = $"{help} [env: {variable}]",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => Parse(name, result.Tokens[0].Value, parse, result)!,
            DefaultValueFactory = result => Variable(variable) is { } text ? Parse(variable, text, parse, result)! : fallback,
        }, variable));
    }

    /// <summary>A flag that may be repeated, or hold several values with commas between.</summary>
    public Flag<IReadOnlyList<T>> AddList<T>(string name, string valueName, IReadOnlyList<T> fallback, Func<string, T> parse, string help)
    {
        string variable = VariableOf(name);
        return Add(new Flag<IReadOnlyList<T>>(new Option<IReadOnlyList<T>>(name)
        {
            HelpName = valueName,
            Description = $"{help}; repeatable, or with commas between [env: {variable}]",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result => Split(name, result.Tokens.Select(token => token.Value), result),
            DefaultValueFactory = result => Variable(variable) is { } text ? Split(variable, [text], result) : fallback,
        }, variable));

        IReadOnlyList<T> Split(string source, IEnumerable<string> texts, ArgumentResult result) =>
            [.. texts.SelectMany(text => text.Split(',')).Select(text => Parse(source, text.Trim(), parse, result)!)];
    }

    /// <summary>A flag without a value.</summary>
    public Flag<bool> AddSwitch(string name, string help)
    {
        string variable = VariableOf(name);
        return Add(new Flag<bool>(new Option<bool>(name)
        {
            Description = $"{help} [env: {variable}]",
            Arity = ArgumentArity.Zero,
            DefaultValueFactory = result => Variable(variable) is { } text && Parse(variable, text, FlagText.Switch, result),
        }, variable));
    }

    /// <summary>A switch whose repetitions count.</summary>
    public CountFlag AddCount(string name, string shortName, string help)
    {
        string variable = VariableOf(name);
        return new CountFlag(Add(new Flag<int>(new Option<int>(name, shortName)
        {
            Description = $"{help} [env: {variable}]",
            Arity = ArgumentArity.Zero,
            DefaultValueFactory = result => Variable(variable) is { } text ? Parse(variable, text, FlagText.Integer(0, 9), result) : 0,
        }, variable)));
    }

    /// <summary>A password or key, and the flag with <c>-file</c> behind its name.</summary>
    public SecretFlag AddSecret(string name, string fallback, string help)
    {
        string variable = VariableOf(name), fileVariable = VariableOf($"{name}-file");
        var value = new Flag<string?>(SecretOption(name, "SECRET", $"{help} [env: {variable}]"), variable) { IsSecret = true };
        var file = new Flag<string?>(SecretOption($"{name}-file", "PATH", $"File that holds it, instead [env: {fileVariable}]"), fileVariable);
        return new SecretFlag(Add(value), Add(file), fallback);
    }

    /// <summary>Reads the command line and the environment.</summary>
    /// <param name="done">The exit code of a run that is over with this: help, version.</param>
    /// <returns>Null when <paramref name="done"/> is set.</returns>
    /// <exception cref="UsageException">Something cannot be; the message names the flag or variable.</exception>
    public FlagValues? Parse(IReadOnlyList<string> args, TextWriter output, out int? done)
    {
        var parsed = _root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        done = null;
        if (parsed.Action is { ClearsParseErrors: true })
        {
            done = parsed.Invoke(new InvocationConfiguration { Output = output });
            return null;
        }
        if (parsed.UnmatchedTokens is [var unknown, ..])
            throw new UsageException(unknown.StartsWith('-') ? $"unknown flag '{unknown}'" : $"unexpected argument '{unknown}'");
        if (parsed.Errors is [var error, ..])
            throw new UsageException(error.Message.TrimEnd('.'));
        foreach (var flag in _flags.OfType<Flag<bool>>())
        {
            if (parsed.GetResult(flag.TypedOption)?.IdentifierTokenCount > 1)
                throw new UsageException($"{flag.Name} may be given once");
        }
        return new FlagValues(parsed, _environment);
    }

    /// <summary>Every flag with its value and where that comes from; secrets hidden.</summary>
    public void Print(FlagValues values, TextWriter output)
    {
        foreach (var flag in _flags.Where(flag => flag != CheckConfig && flag != HealthCheck))
        {
            string source = values.SourceOf(flag) switch
            {
                FlagSource.CommandLine => "command line",
                FlagSource.Environment => flag.Variable,
                _ => "default",
            };
            output.WriteLine($"  {$"{flag.Name} {values.Show(flag)}",-56} ({source})");
        }
    }

    private TFlag Add<TFlag>(TFlag flag)
        where TFlag : Flag
    {
        _flags.Add(flag);
        _root.Add(flag.Option);
        return flag;
    }

    // Without a default value, which the help would print: FlagValues looks into the environment itself.
    private static Option<string?> SecretOption(string name, string valueName, string help) =>
        new(name) { HelpName = valueName, Description = help, Arity = ArgumentArity.ExactlyOne };

    private string VariableOf(string name) => $"{Program}_{name.TrimStart('-')}".Replace('-', '_').ToUpperInvariant();

    private string? Variable(string name) => _environment(name) is { Length: > 0 } text ? text : null;

    private static T? Parse<T>(string source, string text, Func<string, T> parse, ArgumentResult result)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            result.AddError($"{source}: {e.Message}");
            return default;
        }
    }

    private sealed class PrintLine(string line) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(line);
            return 0;
        }
    }
}
