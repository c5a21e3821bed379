using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Load.Processes;

/// <summary>
/// Runs a real service as a process on ports of the system's choice, in a working directory that goes with it. The service's assembly is
/// in the caller's folder.
/// </summary>
internal abstract partial class ServiceProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The longest time that the end may take. A service promises 10 s, and needs one. A machine that runs other things may give it the
    /// processor late; a service that does not end is still noticed.
    /// </summary>
    public static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(60);

    private readonly string _name;
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new(), _errors = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorsEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="name">The service's.</param>
    /// <param name="program">Its assembly, or another that hosts it, then the arguments.</param>
    /// <param name="heapLimit">The most bytes that the managed heap may have; 0: no limit.</param>
    protected ServiceProcess(string name, IEnumerable<string> program, long heapLimit = 0)
    {
        _name = name;
        _folder = Directory.CreateTempSubdirectory(name + "-process-");
        var start = new ProcessStartInfo("dotnet", program)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // If the process is killed, the runtime's pipes for debuggers would stay.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // No process uses files that another one has left.
        start.Environment["STATE_DIRECTORY"] = _folder.FullName;
        string prefix = name.ToUpperInvariant().Replace('-', '_') + "_";
        foreach (string variable in start.Environment.Keys.Where(variable => variable.StartsWith(prefix, StringComparison.Ordinal))
            .ToArray())
            start.Environment.Remove(variable);
        if (heapLimit > 0)
            start.Environment["DOTNET_GCHeapHardLimit"] = heapLimit.ToString("x", CultureInfo.InvariantCulture);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data, _output, _outputEnd);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, _errors, _errorsEnd);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The address that senders connect to, or send to.</summary>
    protected IPEndPoint Listening { get; private set; } = new(0, 0);

    public IPEndPoint Metrics { get; private set; } = new(0, 0);

    public int ProcessId => _process.Id;

    public IReadOnlyCollection<string> Output => _output;

    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Completes when the service listens.</summary>
    protected Task Started => _started.Task.WaitAsync(Patience);

    protected static string Assembly(string name) => Path.Combine(AppContext.BaseDirectory, $"{name}.dll");

    public async Task<int> WaitForExitAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _outputEnd.Task, _errorsEnd.Task).WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM; returns the exit code and the time that the end took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> TerminateAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return (await WaitForExitAsync(), Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>Sends SIGKILL; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Kills the process if it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Take(string? line, ConcurrentQueue<string> lines, TaskCompletionSource end)
    {
        if (line is null)
        {
            end.TrySetResult();
            if (lines == _output)
                _started.TrySetException(new InvalidOperationException($"{_name} ended: {string.Join('\n', _errors)}"));
            return;
        }
        lines.Enqueue(line);
        if (Addresses().Match(line) is { Success: true } addresses)
        {
            Listening = IPEndPoint.Parse(addresses.Groups["listening"].Value);
            Metrics = IPEndPoint.Parse(addresses.Groups["metrics"].Value);
            _started.TrySetResult();
        }
    }

    // In JSON the values are in escaped quotes.
    [GeneratedRegex(@"(?:takes \w+ on|serves) [\\""]*(?<listening>[^\s\\"",]+)[\\""]*, metrics on [\\""]*(?<metrics>[^\s\\"",]+)")]
    private static partial Regex Addresses();
}
