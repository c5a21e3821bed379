using Shared.Hosting.Flags;

namespace Shared.Tests.Hosting.Flags;

public sealed class CommandLineTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly CommandLine<Options> _commandLine;

    public CommandLineTests() =>
        _commandLine = new CommandLine<Options>("prog", "Does things.", Read, environment: name => _environment.GetValueOrDefault(name));

    [Fact]
    public void Default_environment_and_command_line_follow_each_other()
    {
        Assert.Equal((7, FlagSource.Default), Number());
        _environment["PROG_THE_NUMBER"] = "";
        Assert.Equal((7, FlagSource.Default), Number());
        _environment["PROG_THE_NUMBER"] = "8";
        Assert.Equal((8, FlagSource.Environment), Number());
        Assert.Equal((9, FlagSource.CommandLine), Number("--the-number", "9"));
        Assert.Equal((9, FlagSource.CommandLine), Number("--the-number=9"));
    }

    [Fact]
    public void A_switch_in_the_environment_needs_true_or_false()
    {
        Assert.False(Parse().Switch);
        Assert.True(Parse("--switch").Switch);
        _environment["PROG_SWITCH"] = "true";
        Assert.True(Parse().Switch);
        _environment["PROG_SWITCH"] = "0";
        Assert.False(Parse().Switch);
        _environment["PROG_SWITCH"] = "maybe";
        Assert.StartsWith("PROG_SWITCH: 'maybe'", Assert.Throws<UsageException>(() => Parse()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "unknown flag '--bogus'")]
    [InlineData("stray", "unexpected argument 'stray'")]
    [InlineData("@file", "unexpected argument '@file'")]
    [InlineData("--the-number", "'--the-number'")]
    [InlineData("--the-number x", "--the-number: 'x' is not a whole number from 1 to 100")]
    [InlineData("--the-number 0", "--the-number: '0'")]
    [InlineData("--the-number 1 --the-number 2", "'--the-number'")]
    [InlineData("--switch --switch", "--switch may be given once")]
    [InlineData("--time 0", "--time: '0' is not a whole number from 1 to 31536000, nor 'never'")]
    public void Usage_errors_name_the_flag(string args, string text) =>
        Assert.Contains(text, Assert.Throws<UsageException>(() => Parse(args.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_bad_variable_is_named()
    {
        _environment["PROG_THE_NUMBER"] = "x";
        Assert.StartsWith("PROG_THE_NUMBER: 'x'", Assert.Throws<UsageException>(() => Parse()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_comes_one_by_one_and_with_commas_between()
    {
        Assert.Equal([1, 2], Parse().List);
        Assert.Equal([3, 4, 5], Parse("--list", "3,4", "--list=5").List);
        _environment["PROG_LIST"] = "6, 7";
        Assert.Equal([6, 7], Parse().List);
    }

    [Fact]
    public void Repetitions_are_counted_and_a_time_may_be_never()
    {
        Assert.Equal((0, TimeSpan.FromSeconds(5)), (Parse().Count, Parse().Time));
        Assert.Equal((3, null), (Parse("-ccc").Count, Parse("--time", "never").Time));
        _environment["PROG_COUNT"] = "2";
        Assert.Equal(2, Parse().Count);
    }

    [Fact]
    public void A_secret_comes_from_a_flag_a_file_or_a_variable_and_is_never_printed()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "from file\n");
        try
        {
            Assert.Equal("fallback", Parse().Secret);
            _environment["PROG_SECRET"] = "from variable";
            Assert.Equal("from variable", Parse().Secret);
            Assert.Equal("from file", Parse("--secret-file", path).Secret);
            Assert.Equal("from flag", Parse("--secret", "from flag").Secret);
            Assert.Throws<UsageException>(() => Parse("--secret", "x", "--secret-file", path));
            _environment["PROG_SECRET_FILE"] = path;
            Assert.Throws<UsageException>(() => Parse());
            _environment.Remove("PROG_SECRET");
            Assert.Equal("from file", Parse().Secret);
            var unreadable = Assert.Throws<UsageException>(() => Parse("--secret-file", "/nowhere"));
            Assert.StartsWith("--secret-file: /nowhere", unreadable.Message, StringComparison.Ordinal);

            var given = _commandLine.Parse(["--secret", "top"], TextWriter.Null, out _)!;
            given.Read();
            using var output = new StringWriter();
            given.Print(output);
            Assert.DoesNotContain("top", output.ToString(), StringComparison.Ordinal);
            Assert.Contains("--secret (hidden)", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Help_gives_flag_default_and_variable_and_version_the_program()
    {
        _environment["PROG_THE_NUMBER"] = "8";
        string help = Output("--help");
        Assert.Contains("--the-number <N>", help, StringComparison.Ordinal);
        Assert.Contains("A number, seconds [env: PROG_THE_NUMBER] [default: 7]", help, StringComparison.Ordinal);
        Assert.Contains("\nNumbers:\n", help, StringComparison.Ordinal);
        Assert.Equal($"prog {CommandLine.Version}{Environment.NewLine}", Output("-V"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", CommandLine.Version);
    }

    [Fact]
    public void The_documentation_s_tables_hold_every_flag_and_no_value_of_this_machine()
    {
        string tables = Output("--help-markdown");
        Assert.Contains("### Numbers\n\n| Flag | Default | Meaning |\n|---|---|---|\n", tables, StringComparison.Ordinal);
        Assert.Contains("\n| `--the-number <N>` | `7` | A number, seconds |\n", tables, StringComparison.Ordinal);
        Assert.Contains("| `--host <NAME>` | the host name | Its name |", tables, StringComparison.Ordinal);
        Assert.Contains("| `-c, --count` | `0` |", tables, StringComparison.Ordinal);
        Assert.Contains("| `--check-config` |", tables, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.MachineName, tables, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_that_only_another_flag_asks_for_is_a_fault_of_the_program()
    {
        var commandLine = new CommandLine<string?>(
            "prog", "Does things.", flags => flags.Switch("--on", "On") ? flags.Text("--late", "X", "Late") : null);
        var given = commandLine.Parse(["--on"], TextWriter.Null, out _)!;
        var fault = Assert.Throws<InvalidOperationException>(() => given.Read());
        Assert.Contains("--late was not declared", fault.Message, StringComparison.Ordinal);
    }

    private static Options Read(FlagReader flags)
    {
        flags.Group("Numbers");
        int number = flags.Get("--the-number", "N", 7, FlagText.Integer(1, 100), "A number, seconds");
        var list = flags.List("--list", "N", [1, 2], FlagText.Integer(1), "Numbers");
        var time = flags.SecondsOrNever("--time", TimeSpan.FromSeconds(5), "A time");
        flags.Group("Words");
        return new Options(
            number, flags.SourceOf("--the-number"), list, time, flags.Switch("--switch", "Something on"),
            flags.Count("--count", "-c", "More"), flags.Secret("--secret", "fallback", "A secret"),
            flags.Get("--host", "NAME", Environment.MachineName, FlagText.Any, "Its name", defaultInWords: "the host name"));
    }

    private string Output(string flag)
    {
        using var output = new StringWriter();
        Assert.Null(_commandLine.Parse([flag], output, out int? done));
        Assert.Equal(0, done);
        return output.ToString();
    }

    private (int, FlagSource) Number(params string[] args)
    {
        var options = Parse(args);
        return (options.Number, options.NumberSource);
    }

    private Options Parse(params string[] args) => _commandLine.Parse(args, TextWriter.Null, out _)!.Read();

    private sealed record Options(
        int Number, FlagSource NumberSource, IReadOnlyList<int> List, TimeSpan? Time, bool Switch, int Count, string Secret, string Host);
}
