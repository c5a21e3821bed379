using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;

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

    /// <summary>The process that a test can send signals to.</summary>
    public int ProcessId => _process.Id;

    public void SetDown() => Command("down");

    public void SetUp() => Command("up");

    /// <summary>Delays every answer.</summary>
    public void SetRoundTrip(TimeSpan delay) =>
        Command(string.Create(CultureInfo.InvariantCulture, $"delay {(int)delay.TotalMilliseconds}"));

    /// <summary>Answers the next requests of the API key with these errors, one each; NoError lets one pass.</summary>
    public void FailNext(short apiKey, params IEnumerable<ErrorCode> errors) =>
        Command(string.Create(CultureInfo.InvariantCulture, $"fail {apiKey} {string.Join(' ', errors.Select(error => (int)error))}"));

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
