using Shared.Hosting.Service;

namespace Shared.Hosting.Tls;

/// <summary>The certificate's files, and what was last loaded from them.</summary>
public sealed class TlsCertificateFiles
{
    // Some hundred certificates. The files are kept to be compared.
    private const int MaxFileBytes = 1 << 20;

    private readonly string _flags;
    private readonly (string Flag, string Path)[] _files;
    private string[] _seen;
    private volatile TlsCertificate _current;

    /// <param name="flags">What the names of the flags begin with that say where the files are: "--tls".</param>
    /// <param name="certificate">PEM file of the certificate, and behind it those that lead to its authority.</param>
    /// <param name="key">PEM file of its private key.</param>
    /// <param name="clientCa">PEM file of the authorities of clients' certificates; null: clients need none.</param>
    /// <exception cref="StartupException">A file cannot be read or used; names the flag.</exception>
    public TlsCertificateFiles(string flags, string certificate, string key, string? clientCa)
    {
        _flags = flags;
        _files = [($"{flags}-certificate", certificate), ($"{flags}-key", key)];
        if (clientCa is not null)
            _files = [.. _files, ($"{flags}-client-ca", clientCa)];
        _seen = Read();
        _current = Load(_seen);
    }

    /// <summary>For the next handshake.</summary>
    public TlsCertificate Current => _current;

    /// <summary>Looks whether the files hold something else than before, and takes it if it can be used. For one caller at a time.</summary>
    /// <returns>True: there is a new <see cref="Current"/>.</returns>
    /// <exception cref="StartupException">What is new cannot be used; it is said once, and <see cref="Current"/> stays.</exception>
    public bool Reload()
    {
        // Contents are compared, not times: links that lead elsewhere, as Kubernetes makes them, count too.
        string[] now;
        StartupException? problem = null;
        try
        {
            now = Read();
        }
        catch (StartupException e)
        {
            problem = e;
            now = [e.Message];
        }
        if (now.SequenceEqual(_seen))
            return false;
        _seen = now;
        if (problem is not null)
            throw problem;
        _current = Load(now);
        return true;
    }

    private string[] Read() => [.. _files.Select(file => Read(file.Flag, file.Path))];

    private TlsCertificate Load(string[] contents) => TlsCertificate.Load(_flags, contents[0], contents[1], contents.ElementAtOrDefault(2));

    private static string Read(string flag, string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
                throw new StartupException($"{flag}: {path} has more than {MaxFileBytes} bytes, which no PEM file has");
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StartupException($"{flag}: {path} cannot be read ({e.Message})", e);
        }
    }
}
