namespace Risotto.Listen;

/// <summary>The reasons why a connection does not become a session, as in <c>risotto_refused_total{reason}</c>.</summary>
internal enum Refusal
{
    None,
    NotAllowed,
    MaxSessions,
    MaxSessionsPerSource,

    /// <summary>It was closed before the first byte of a PROXY header or of TLS: a check whether the port is open.</summary>
    SentNothing,

    /// <summary>The service drains.</summary>
    Shutdown,

    ProxyHeaderMissing,
    ProxyHeaderInvalid,
    ProxyHeaderTooLong,
    ProxyHeaderChecksum,
    ProxyHeaderTruncated,

    /// <summary>The header is valid, but names no router: its family is UNSPEC or UNIX, or the transport is not TCP.</summary>
    ProxyHeaderNoAddress,

    ProxyHeaderTimeout,

    /// <summary>The first byte does not begin a TLS handshake.</summary>
    TlsNotSpoken,

    TlsTimeout,

    /// <summary>The connection ended within the handshake.</summary>
    TlsInterrupted,

    /// <summary>One side does not accept the other.</summary>
    TlsFailed,
    TlsClientCertificateMissing,
    TlsClientCertificateRejected,
}

internal static class Refusals
{
    private static readonly (string Label, string Text)[] Words =
    [
        ("", ""),
        ("not_allowed", "no --allow prefix covers it"),
        ("max_sessions", "--bmp-max-sessions is reached"),
        ("max_sessions_per_source", "--bmp-max-sessions-per-source is reached"),
        ("sent_nothing", "it closed before it sent anything"),
        ("shutdown", "risotto ends"),
        ("proxy_header_missing",
            "--bmp-proxy-from covers it, but it does not begin with a PROXY header of version 2; let it send one, or narrow the prefix"),
        ("proxy_header_invalid", "its PROXY header does not follow the protocol"),
        ("proxy_header_too_long", $"its PROXY header has more than {ProxyProtocolHeader.MaxLength} bytes"),
        ("proxy_header_checksum", "the checksum in its PROXY header is not that of the header"),
        ("proxy_header_truncated", "it ended within its PROXY header"),
        ("proxy_header_no_address", "its PROXY header names no router: the family has to be TCP over IPv4 or IPv6"),
        ("proxy_header_timeout", "its PROXY header was not complete in time"),
        ("tls_not_spoken", "it does not speak TLS, which --bmp-tls-certificate demands"),
        ("tls_timeout", "its TLS handshake was not done in time"),
        ("tls_interrupted", "it ended within its TLS handshake"),
        ("tls_failed", "its TLS handshake failed"),
        ("tls_client_certificate_missing", "it has no client certificate, which --bmp-tls-client-ca demands"),
        ("tls_client_certificate_rejected", "its client certificate does not lead to --bmp-tls-client-ca"),
    ];

    public static string Label(this Refusal refusal) => Words[(int)refusal].Label;

    public static string Text(this Refusal refusal) => Words[(int)refusal].Text;

    /// <summary>It needs nobody's attention.</summary>
    public static bool IsUsual(this Refusal refusal) => refusal is Refusal.SentNothing or Refusal.Shutdown;
}
