using Shared.Hosting.Service;
using Shared.Hosting.Tls;

namespace Shared.Hosting.Flags;

/// <summary>The flags that name a listener's certificate files.</summary>
public static class TlsFlags
{
    /// <param name="flags">The service's flags.</param>
    /// <param name="prefix">The first part of the flags' names: "--tls".</param>
    /// <param name="certificate">What the certificate is for.</param>
    /// <param name="clients">The clients that a client certificate is asked of.</param>
    /// <returns>Null: no TLS.</returns>
    /// <exception cref="UsageException">A flag is missing, or a file cannot be used; the message names the flag.</exception>
    public static TlsOptions? Read(FlagReader flags, string prefix, string certificate, string clients)
    {
        string? certificateFile = flags.Text($"{prefix}-certificate", "PATH",
            $"{certificate}: PEM file of the certificate, followed by the certificates that lead to its authority. "
            + "A changed file is loaded within 10 s");
        string? keyFile = flags.Text($"{prefix}-key", "PATH", "PEM file of the certificate's private key");
        string? clientCaFile = flags.Text($"{prefix}-client-ca", "PATH",
            $"PEM file of authorities: only {clients} with a certificate that one of them signed may connect");
        if (certificateFile is null && keyFile is null && clientCaFile is null)
            return null;
        if (certificateFile is null)
        {
            throw new UsageException(keyFile is null
                ? $"{prefix}-client-ca: needs {prefix}-certificate and {prefix}-key too"
                : $"{prefix}-key: needs {prefix}-certificate too");
        }
        if (keyFile is null)
            throw new UsageException($"{prefix}-certificate: needs {prefix}-key too");
        var options = new TlsOptions(prefix, certificateFile, keyFile, clientCaFile);
        try
        {
            _ = new TlsCertificateFiles(options);
            return options;
        }
        catch (StartupException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
