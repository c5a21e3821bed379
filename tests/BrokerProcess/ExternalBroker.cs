using System.Diagnostics;

namespace BrokerProcess;

/// <summary>Starts this program as a child process and ends it; to be used by tests that reference the project.</summary>
public sealed class ExternalBroker : IDisposable
{
    private readonly Process _process;

    /// <param name="topics">TOPIC:PARTITIONS each.</param>
    public ExternalBroker(params string[] topics)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "BrokerProcess.exe" : "BrokerProcess");
        _process = Process.Start(new ProcessStartInfo(program, topics) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Bootstrap = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the broker's process ended at once");
    }

    /// <summary>host:port.</summary>
    public string Bootstrap { get; }

    public void SetDown() => Command("down");

    public void SetUp() => Command("up");

    public void Dispose()
    {
        // The end of its input ends it, and so does the death of this process.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }

    private void Command(string command)
    {
        _process.StandardInput.WriteLine(command);
        if (_process.StandardOutput.ReadLine() != command)
            throw new InvalidOperationException("the broker's process has ended");
    }
}
