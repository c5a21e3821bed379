using System.Diagnostics;
using System.Net;

namespace EndToEnd.Tests.Listen;

/// <summary><c>openssl s_client</c>: sends bytes over TLS and stays until the other side ends.</summary>
internal sealed class OpenSslClient : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output, _errors;

    /// <param name="arguments">Arguments of openssl s_client besides the address.</param>
    public OpenSslClient(IPEndPoint to, params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo("openssl", ["s_client", "-connect", to.ToString(), "-quiet", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public async Task SendAsync(byte[] bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Words)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(RisottoProcess.Patience);
        return (_process.ExitCode, $"{await _output}{await _errors}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
