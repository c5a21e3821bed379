using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Shared.Tests.Hosting.Flags;

public sealed class StateDirectoryTests
{
    private readonly Dictionary<string, string> _environment = new() { ["HOME"] = "/home/user" };

    [Theory]
    [InlineData("/var/lib/private/prog", "/var/lib/private/prog")]
    [InlineData("/var/lib/prog:/var/lib/other", "/var/lib/prog")]
    public void Systemd_s_directory_wins(string given, string expected)
    {
        _environment["STATE_DIRECTORY"] = given;
        _environment["XDG_STATE_HOME"] = "/xdg";
        Assert.Equal(expected, Find(isRoot: true, isWritable: true));
        Assert.Equal(expected, Find());
    }

    [Fact]
    public void Root_and_anyone_who_may_write_there_have_the_system_s_directory()
    {
        _environment["XDG_STATE_HOME"] = "/xdg";
        Assert.Equal("/var/lib/prog", Find(isRoot: true));
        Assert.Equal("/var/lib/prog", Find(isWritable: true));
    }

    [Theory]
    [InlineData("/xdg", "/xdg/prog")]
    [InlineData("relative", "/home/user/.local/state/prog")]
    [InlineData("", "/home/user/.local/state/prog")]
    public void Another_user_has_a_directory_of_their_own(string xdg, string expected)
    {
        _environment["XDG_STATE_HOME"] = xdg;
        Assert.Equal(expected, Find());
    }

    [Fact]
    public void Without_a_home_the_system_s_directory_is_left()
    {
        _environment.Remove("HOME");
        Assert.Equal("/var/lib/prog", Find());
    }

    [Fact]
    public void A_flag_s_default_is_in_it_and_the_flag_wins()
    {
        _environment["STATE_DIRECTORY"] = "/state";
        var commandLine = new CommandLine<string>(
            "prog", "Does things.", flags => flags.StatePath("--file", "PATH", "x.bin", "A file"),
            environment: name => _environment.GetValueOrDefault(name));
        Assert.Equal("/state/x.bin", commandLine.Parse([], TextWriter.Null, out _)!.Read());
        Assert.Equal("here", commandLine.Parse(["--file", "here"], TextWriter.Null, out _)!.Read());
        using var help = new StringWriter();
        commandLine.Parse(["--help"], help, out _);
        Assert.Contains("[default: /state/x.bin]", help.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_cannot_be_created_names_the_flag()
    {
        string file = Path.GetTempFileName();
        try
        {
            var e = Assert.Throws<StartupException>(() => StateDirectory.Create("--file", Path.Combine(file, "below")));
            Assert.StartsWith($"--file: the directory {file}/below cannot be created (", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private string Find(bool isRoot = false, bool isWritable = false) =>
        StateDirectory.Find("prog", name => _environment.GetValueOrDefault(name), isRoot, path => isWritable && path == "/var/lib/prog");
}
