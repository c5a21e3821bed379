using System.Diagnostics;

namespace EndToEnd.Tests.Listen;

/// <summary>Makes certificates with openssl, by the commands of docs/how-to/tls.md.</summary>
internal sealed class Certificates : IDisposable
{
    private const string NewKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

    public string Folder { get; } = Directory.CreateTempSubdirectory("risotto-listen-").FullName;

    public string[] ServerFlags => ["--bmp-tls-certificate", FileOf("server.pem"), "--bmp-tls-key", FileOf("server.key")];

    public string FileOf(string name) => Path.Combine(Folder, name);

    /// <summary>Makes NAME.pem and NAME.key of an authority.</summary>
    public Task AuthorityAsync(string name) =>
        OpenSslAsync($"req -x509 {NewKey} -days 3650 -subj /CN={name} -keyout {name}.key -out {name}.pem");

    /// <summary>Makes NAME.pem and NAME.key, signed by an authority.</summary>
    public Task SignAsync(string authority, string name, string subject) => OpenSslAsync(
        $"req -x509 -CA {authority}.pem -CAkey {authority}.key {NewKey} -days 365 -subj /CN={subject} -addext "
            + $"subjectAltName=DNS:{subject} -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.pem");

    /// <summary>Does the same with a time that is over.</summary>
    public async Task SignExpiredAsync(string authority, string name, string subject)
    {
        await OpenSslAsync($"req -new {NewKey} -subj /CN={subject} -keyout {name}.key -out {name}.csr");
        await OpenSslAsync($"x509 -req -in {name}.csr -CA {authority}.pem -CAkey {authority}.key -days -1 -out {name}.pem");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task OpenSslAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardError = true
        })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"openssl {arguments}: {errors}");
    }
}
