using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Shared.Hosting.Flags;

/// <summary>A program's command line and environment, on System.CommandLine: parses them into options, prints help and version.</summary>
/// <typeparam name="TOptions">The program's options.</typeparam>
public sealed class CommandLine<TOptions>
{
    private readonly RootCommand _root;
    private readonly Func<FlagReader, TOptions> _read;
    private readonly Func<TOptions, TOptions> _validate;
    private readonly FlagReader _declared;

    /// <param name="program">The program's name, as users type it.</param>
    /// <param name="description">The first line of <c>--help</c>.</param>
    /// <param name="read">Declares the flags and reads them, see <see cref="FlagReader"/>.</param>
    /// <param name="validate">Checks what the defaults need not pass; throws <see cref="UsageException"/>.</param>
    /// <param name="environment">Replaces the process's environment.</param>
    public CommandLine(
        string program, string description, Func<FlagReader, TOptions> read, Func<TOptions, TOptions>? validate = null,
        Func<string, string?>? environment = null)
    {
        Program = program;
        _read = read;
        _validate = validate ?? (options => options);
        _root = new RootCommand(description);
        _root.Directives.Clear();
        _root.Options.OfType<HelpOption>().Single().Action = new Print(output => Help.WriteText(output));
        var markdown = new Print(output => Help.WriteMarkdown(output));
        _root.Add(new Option<bool>("--help-markdown") { Arity = ArgumentArity.Zero, Action = markdown });
        CommandLine.ReplaceVersion(_root, program);
        _declared = new FlagReader(program, environment ?? Environment.GetEnvironmentVariable);
        ReadProgramFlags(_declared);
        read(_declared);
        foreach (var value in _declared.Values)
            _root.Add(value.Flag.Option);
    }

    public string Program { get; }

    private HelpText Help => new(Program, _root.Description!, [.. _declared.Values.Select(value => value.Flag)]);

    /// <summary>Parses the command line.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="output">Takes help and version.</param>
    /// <param name="done">The exit code of a run that ends here because it asked for help or version.</param>
    /// <returns>Null when <paramref name="done"/> is set.</returns>
    /// <exception cref="UsageException">The arguments are wrong; the message names the flag.</exception>
    public GivenFlags<TOptions>? Parse(IReadOnlyList<string> args, TextWriter output, out int? done)
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
        var reader = new FlagReader(_declared, parsed);
        var (checksOnly, asksForHealth) = ReadProgramFlags(reader);
        return new GivenFlags<TOptions>(reader, flags => _validate(_read(flags)), checksOnly, asksForHealth);
    }

    private static (bool ChecksOnly, bool AsksForHealth) ReadProgramFlags(FlagReader flags)
    {
        flags.Group("Program");
        return (
            flags.Switch("--check-config",
                "Check the configuration, print the values that the service would run with, and exit: 0 when it is sound, else 2"),
            flags.Switch("--healthcheck",
                "Ask the service that runs on this machine whether it is alive, and exit: 0 when it answers at --metrics-address, else 1."
                + " Without other flags it takes those of process 1, which is the service in a container"));
    }

}

/// <summary>The parts of a command line that every program of the suite shares.</summary>
public static class CommandLine
{
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Has <c>--version</c> and <c>-V</c> print the program's name too.</summary>
    public static void ReplaceVersion(RootCommand root, string program)
    {
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Add(new VersionOption("--version", "-V")
        {
            Description = "Print the version and exit",
            Action = new Print(output => output.WriteLine($"{program} {Version}")),
        });
    }
}

/// <summary>Prints something instead of running the program. Other arguments do not change that.</summary>
internal sealed class Print(Action<TextWriter> write) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        write(parseResult.InvocationConfiguration.Output);
        return 0;
    }
}

/// <summary>A command line whose syntax is right. Its values are still to be read.</summary>
public sealed class GivenFlags<TOptions>
{
    private readonly FlagReader _reader;
    private readonly Func<FlagReader, TOptions> _read;

    internal GivenFlags(FlagReader reader, Func<FlagReader, TOptions> read, bool checksOnly, bool asksForHealth) =>
        (_reader, _read, ChecksOnly, AsksForHealth) = (reader, read, checksOnly, asksForHealth);

    /// <summary><c>--check-config</c> is given: the service is not to run.</summary>
    public bool ChecksOnly { get; }

    /// <summary><c>--healthcheck</c> is given: the service that runs is to be asked.</summary>
    public bool AsksForHealth { get; }

    /// <summary>Reads the values. To be called once.</summary>
    /// <exception cref="UsageException">A value is wrong; the message names the flag or variable.</exception>
    public TOptions Read() => _read(_reader);

    /// <summary>Prints every flag with its value and its source. Secrets are hidden. To be called after <see cref="Read"/>.</summary>
    public void Print(TextWriter output)
    {
        foreach (var (flag, text, source) in _reader.Values.Where(value => value.Flag.Group != "Program"))
        {
            string origin = source switch
            {
                FlagSource.CommandLine => "command line",
                FlagSource.Environment => flag.Variable!,
                _ => "default",
            };
            output.WriteLine($"  {$"{flag.Name} {text}",-56} ({origin})");
        }
    }
}
