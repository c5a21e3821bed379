using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Load.Processes;

/// <summary>The real risotto, in a process of its own on ports of the system's choice; its assembly lies beside the caller's.</summary>
internal sealed partial class RisottoProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Risotto = Path.Combine(AppContext.BaseDirectory, "risotto.dll");

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new(), _errors = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorsEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RisottoProcess(IEnumerable<string> program)
    {
        var start = new ProcessStartInfo("dotnet", program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("RISOTTO_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data, _output, _outputEnd);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, _errors, _errorsEnd);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IPEndPoint Bmp { get; private set; } = new(0, 0);

    public IPEndPoint Metrics { get; private set; } = new(0, 0);

    public int ProcessId => _process.Id;

    public IReadOnlyCollection<string> Output => _output;

    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Runs with nothing added; for what ends by itself.</summary>
    public static RisottoProcess Run(params string[] args) => new([Risotto, .. args]);

    /// <summary>Runs on free loopback ports and waits until it listens. Without a flag of the curation it forwards everything.</summary>
    public static Task<RisottoProcess> StartAsync(params string[] args) => StartAsync([Risotto], args);

    /// <summary>The same with another program that hosts the service.</summary>
    /// <param name="program">An assembly's path, and words before the service's flags.</param>
    /// <param name="args">The service's flags.</param>
    public static Task<RisottoProcess> StartAsync(IEnumerable<string> program, params string[] args) => StartAsync(program, 0, args);

    /// <summary>The same on a port that a router knows.</summary>
    public static Task<RisottoProcess> StartAtAsync(int bmpPort, params string[] args) => StartAsync([Risotto], bmpPort, args);

    private static async Task<RisottoProcess> StartAsync(IEnumerable<string> program, int bmpPort, string[] args)
    {
        string[] curation = args.Any(arg => arg.StartsWith("--curation-", StringComparison.Ordinal)) ? [] : ["--curation-disable"];
        var risotto = new RisottoProcess([.. program, "--bmp-address", $"127.0.0.1:{bmpPort}", "--metrics-address", "127.0.0.1:0", .. curation, .. args]);
        try
        {
            await risotto._started.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            string said = string.Join('\n', risotto._output.Concat(risotto._errors));
            await risotto.DisposeAsync();
            throw new TimeoutException($"risotto does not listen after {Patience}; it said: {said}");
        }
        return risotto;
    }

    public async Task<int> WaitForExitAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _outputEnd.Task, _errorsEnd.Task).WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM; the exit code and how long the end took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> TerminateAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return (await WaitForExitAsync(), Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line, ConcurrentQueue<string> lines, TaskCompletionSource end)
    {
        if (line is null)
        {
            end.TrySetResult();
            if (lines == _output)
                _started.TrySetException(new InvalidOperationException($"risotto ended: {string.Join('\n', _errors)}"));
            return;
        }
        lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } addresses)
        {
            Bmp = IPEndPoint.Parse(addresses.Groups["bmp"].Value);
            Metrics = IPEndPoint.Parse(addresses.Groups["metrics"].Value);
            _started.TrySetResult();
        }
    }

    // In JSON the values stand in escaped quotes.
    [GeneratedRegex(@"takes BMP on [\\""]*(?<bmp>[^\s\\"",]+)[\\""]*, metrics on [\\""]*(?<metrics>[^\s\\"",]+)")]
    private static partial Regex Listening();
}
