using System.CommandLine;

namespace Shared.Hosting.Flags;

/// <summary>Where a flag's value comes from; the command line wins over the environment.</summary>
public enum FlagSource
{
    Default,
    Environment,
    CommandLine,
}

/// <summary>A flag of a <see cref="FlagSet"/>: the key to its value in <see cref="FlagValues"/>.</summary>
public abstract class Flag
{
    internal Flag(string name, string variable)
    {
        Name = name;
        Variable = variable;
    }

    /// <summary>With its dashes.</summary>
    public string Name { get; }

    /// <summary>The environment variable that sets it too.</summary>
    public string Variable { get; }

    internal bool IsSecret { get; init; }

    internal abstract Option Option { get; }

    /// <summary>The value as one would write it behind the flag.</summary>
    internal abstract string Show(ParseResult parsed);
}

/// <inheritdoc/>
/// <typeparam name="T">What the text behind the flag becomes.</typeparam>
public sealed class Flag<T> : Flag
{
    internal Flag(Option<T> option, string variable)
        : base(option.Name, variable) => TypedOption = option;

    internal Option<T> TypedOption { get; }

    internal override Option Option => TypedOption;

    internal override string Show(ParseResult parsed) => parsed.GetValue(TypedOption) switch
    {
        null => "",
        bool on => on ? "true" : "false",
        System.Collections.IEnumerable items and not string => string.Join(',', items.Cast<object>()),
        var value => value.ToString() ?? "",
    };
}

/// <summary>A password or key: <c>--x VALUE</c>, or <c>--x-file PATH</c> so that it need not stand among the process's arguments.</summary>
/// <param name="Value">The secret itself.</param>
/// <param name="File">Path of a file that holds it, a line end behind it left out.</param>
/// <param name="Fallback">Where neither is given.</param>
public sealed record SecretFlag(Flag<string?> Value, Flag<string?> File, string Fallback);

/// <summary>A switch whose repetitions count, as <c>-vv</c>.</summary>
public sealed record CountFlag(Flag<int> Flag);
