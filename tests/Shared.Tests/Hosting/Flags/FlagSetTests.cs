using Shared.Hosting.Flags;

namespace Shared.Tests.Hosting.Flags;

public sealed class FlagSetTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly FlagSet _flags;
    private readonly Flag<int> _number;
    private readonly Flag<bool> _switch;
    private readonly SecretFlag _secret;

    public FlagSetTests()
    {
        _flags = new FlagSet("prog", "Does things.", name => _environment.GetValueOrDefault(name));
        _number = _flags.Add("--the-number", "N", 7, FlagText.Integer(1, 100), "A number, seconds");
        _switch = _flags.AddSwitch("--switch", "Something on");
        _secret = _flags.AddSecret("--secret", "fallback", "A secret");
    }

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
        Assert.False(Parse().Get(_switch));
        Assert.True(Parse("--switch").Get(_switch));
        _environment["PROG_SWITCH"] = "true";
        Assert.True(Parse().Get(_switch));
        _environment["PROG_SWITCH"] = "0";
        Assert.False(Parse().Get(_switch));
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
    public void Usage_errors_name_the_flag(string args, string text) =>
        Assert.Contains(text, Assert.Throws<UsageException>(() => Parse(args.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_bad_variable_is_named()
    {
        _environment["PROG_THE_NUMBER"] = "x";
        Assert.StartsWith("PROG_THE_NUMBER: 'x'", Assert.Throws<UsageException>(() => Parse()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_comes_from_a_flag_a_file_or_a_variable_and_is_never_printed()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "from file\n");
        try
        {
            Assert.Equal("fallback", Parse().Get(_secret));
            _environment["PROG_SECRET"] = "from variable";
            Assert.Equal("from variable", Parse().Get(_secret));
            Assert.Equal("from file", Parse("--secret-file", path).Get(_secret));
            Assert.Equal("from flag", Parse("--secret", "from flag").Get(_secret));
            Assert.Throws<UsageException>(() => Parse("--secret", "x", "--secret-file", path).Get(_secret));
            _environment["PROG_SECRET_FILE"] = path;
            Assert.Throws<UsageException>(() => Parse().Get(_secret));
            _environment.Remove("PROG_SECRET");
            Assert.Equal("from file", Parse().Get(_secret));
            Assert.StartsWith("--secret-file: /nowhere", Assert.Throws<UsageException>(() => Parse("--secret-file", "/nowhere").Get(_secret)).Message, StringComparison.Ordinal);

            using var output = new StringWriter();
            _flags.Print(Parse("--secret", "top"), output);
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
        string help = Output("--help");
        Assert.Contains("--the-number <N>", help, StringComparison.Ordinal);
        Assert.Contains("A number, seconds [env: PROG_THE_NUMBER] [default: 7]", help, StringComparison.Ordinal);
        Assert.Equal($"prog {FlagSet.Version}{Environment.NewLine}", Output("-V"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", FlagSet.Version);
    }

    private string Output(string flag)
    {
        using var output = new StringWriter();
        Assert.Null(_flags.Parse([flag], output, out int? done));
        Assert.Equal(0, done);
        return output.ToString();
    }

    private (int, FlagSource) Number(params string[] args)
    {
        var values = Parse(args);
        return (values.Get(_number), values.SourceOf(_number));
    }

    private FlagValues Parse(params string[] args) => _flags.Parse(args, TextWriter.Null, out _)!;
}
