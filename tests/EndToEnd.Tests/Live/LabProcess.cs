using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EndToEnd.Tests.Live;

/// <summary>Runs a program in a lab's host until the lab ends.</summary>
internal sealed class LabProcess : IAsyncDisposable
{
    private const int MaxLines = 200;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly MemoryStream? _bytes;
    private readonly Task _reading;

    /// <param name="name">The name in messages.</param>
    /// <param name="ipArguments">The arguments of ip, which starts the program.</param>
    /// <param name="workingDirectory">A folder of the lab, so that the program leaves and finds nothing elsewhere.</param>
    /// <param name="keepBytes">Standard output is data, not lines to show.</param>
    public LabProcess(string name, string[] ipArguments, string workingDirectory, bool keepBytes = false)
    {
        Name = name;
        _bytes = keepBytes ? new MemoryStream() : null;
        _process = Process.Start(new ProcessStartInfo("ip", ipArguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory,
        })!;
        _process.StandardInput.Close();
        _reading = Task.WhenAll(keepBytes ? ReadBytesAsync() : ReadLinesAsync(_process.StandardOutput),
            ReadLinesAsync(_process.StandardError));
    }

    public string Name { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>Returns group 1 of the first line that matches; null if none has come yet.</summary>
    public string? Find(Regex line)
    {
        lock (_lines)
            return _lines.Select(l => line.Match(l)).FirstOrDefault(m => m.Success)?.Groups[1].Value;
    }

    public string LastLines()
    {
        lock (_lines)
            return string.Join('\n', _lines.TakeLast(20));
    }

    /// <summary>Returns the standard output until now.</summary>
    public byte[] Bytes()
    {
        lock (_lines)
            return _bytes!.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        // A program's own children would keep its output open.
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
        _process.Dispose();
        _bytes?.Dispose();
    }

    private async Task ReadLinesAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > MaxLines)
                    _lines.Dequeue();
            }
        }
    }

    private async Task ReadBytesAsync()
    {
        byte[] buffer = new byte[1 << 16];
        while (await _process.StandardOutput.BaseStream.ReadAsync(buffer) is int read and > 0)
        {
            lock (_lines)
                _bytes!.Write(buffer, 0, read);
        }
    }
}
