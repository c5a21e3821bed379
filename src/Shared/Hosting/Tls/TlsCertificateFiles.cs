using Shared.Hosting.Service;

namespace Shared.Hosting.Tls;

/// <summary>Loads a listener's certificate from its files, and again when they change.</summary>
public sealed class TlsCertificateFiles
{
    // Some hundred certificates. The contents are kept to be compared.
    private const int MaxFileBytes = 1 << 20;

    private readonly string _flags;
    private readonly (string Flag, string Path)[] _files;
    private string[] _seen;
    private volatile TlsCertificate _current;

    /// <exception cref="StartupException">A file cannot be read or used; the message names the flag.</exception>
    public TlsCertificateFiles(TlsOptions options)
    {
        _flags = options.Flags;
        _files = [($"{_flags}-certificate", options.Certificate), ($"{_flags}-key", options.Key)];
        if (options.ClientCa is { } clientCa)
            _files = [.. _files, ($"{_flags}-client-ca", clientCa)];
        _seen = Read();
        _current = Load(_seen);
    }

    /// <summary>The certificate for the next handshake.</summary>
    public TlsCertificate Current => _current;

    /// <summary>Loads the files again if their contents have changed. For one caller at a time.</summary>
    /// <returns>True: there is a new <see cref="Current"/>.</returns>
    /// <exception cref="StartupException">The new contents cannot be used; <see cref="Current"/> stays. Once for each change.</exception>
    public bool Reload()
    {
        // Contents are compared, not times: so a link that points to another file, as in Kubernetes, counts as a change.
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
