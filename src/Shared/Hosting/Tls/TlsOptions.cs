namespace Shared.Hosting.Tls;

/// <summary>The certificate files of a listener.</summary>
/// <param name="Flags">The first part of the names of the flags that name the files: "--tls".</param>
/// <param name="Certificate">PEM file of the certificate, followed by the certificates that lead to its authority.</param>
/// <param name="Key">PEM file of its private key.</param>
/// <param name="ClientCa">PEM file of the authorities that sign clients' certificates; null: clients need none.</param>
public sealed record TlsOptions(string Flags, string Certificate, string Key, string? ClientCa);
