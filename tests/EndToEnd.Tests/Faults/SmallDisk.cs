using System.Diagnostics;

namespace EndToEnd.Tests.Faults;

/// <summary>A file system of its own in memory: one that is soon full, or that cannot be written to. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    /// <param name="options">Of mount(8) for tmpfs, such as <c>size=64m</c> or <c>ro</c>.</param>
    public SmallDisk(string options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mount needs root");
        Folder = Directory.CreateTempSubdirectory("small-disk-").FullName;
        Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", Folder);
    }

    public string Folder { get; }

    public void Dispose()
    {
        Run("umount", Folder);
        Directory.Delete(Folder);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)) && process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}");
    }
}
