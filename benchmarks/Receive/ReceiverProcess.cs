using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Receive;

/// <summary>Runs a receiver in a process of its own, and reads its port, its counts and its processor time.</summary>
internal sealed class ReceiverProcess : IDisposable
{
    private readonly Process _process;

    public ReceiverProcess(string name, string program, params string[] arguments)
    {
        Name = name;
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Port = int.Parse(
            _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{program} ended without naming its port"),
            CultureInfo.InvariantCulture);
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>Processor time of all its threads in nanoseconds.</summary>
    public long CpuNs =>
        // The first field is the time on a processor. A thread that ends meanwhile has none.
        Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Sum(task =>
            long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>Datagrams that the process has received and that the kernel has dropped, since the start.</summary>
    public (long Datagrams, long Drops) Counts()
    {
        _process.StandardInput.WriteLine();
        string[] fields = _process.StandardOutput.ReadLine()!.Split(' ');
        return (long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
