using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shared.Hosting.Flags;

/// <summary>The source of a flag's value. The command line wins over the environment.</summary>
public enum FlagSource
{
    Default,
    Environment,
    CommandLine,
}

/// <summary>A declared flag, as the help lists it.</summary>
public sealed record Flag
{
    /// <summary>The name with its dashes.</summary>
    public required string Name { get; init; }

    /// <summary>A second, short name such as <c>-v</c>; null: none.</summary>
    public string? ShortName { get; init; }

    /// <summary>The heading that the help puts it under.</summary>
    public required string Group { get; init; }

    /// <summary>A placeholder for the value, e.g. <c>HOST:PORT</c>; null: the flag takes no value.</summary>
    public string? ValueName { get; init; }

    /// <summary>The environment variable that sets it too; null: none does.</summary>
    public string? Variable { get; init; }

    /// <summary>The help text: the effect of the flag, with its unit.</summary>
    public required string Help { get; init; }

    /// <summary>The default value as one would write it after the flag; empty: there is none.</summary>
    public string Default { get; init; } = "";

    /// <summary>The default in words, where each machine has another.</summary>
    public string? DefaultInWords { get; init; }

    internal bool IsRepeatable { get; init; }

    // System.CommandLine splits the arguments; the values stay text until FlagReader parses them.
    internal Option Option { get; private init; } = null!;

    internal Flag WithOption()
    {
        string[] aliases = ShortName is null ? [] : [ShortName];
        return this with
        {
            Option = ValueName is null ? new Option<bool>(Name, aliases) { Arity = ArgumentArity.Zero }
                : IsRepeatable ? new Option<string[]>(Name) { Arity = ArgumentArity.OneOrMore }
                : new Option<string>(Name) { Arity = ArgumentArity.ExactlyOne },
        };
    }

    /// <summary>The part of the command line about this flag; null: there is none.</summary>
    internal OptionResult? In(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false } given ? given : null;
}

/// <summary>A flag with the value that a service runs with.</summary>
/// <param name="Flag">The flag.</param>
/// <param name="Text">The value as one would write it after the flag; a secret is hidden.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record FlagValue(Flag Flag, string Text, FlagSource Source);
