namespace Suite.Tests.Faithful;

/// <summary>
/// What is known about the routers of the captures and cannot be read in them: whether a router writes Path Identifiers where its OPENs
/// negotiate ADD-PATH (RFC 7911 5), or where the capture begins after the Peer Up.
/// </summary>
internal static class CaptureTruths
{
    /// <summary>See <see cref="WireFold"/>; null: the OPENs are right.</summary>
    public static Func<RibKey, bool?>? PathIds(string capture) => capture switch
    {
        // FRR 8.4 negotiates ADD-PATH and writes no identifiers: every prefix read without them is one that the lab configured.
        "repository/frr/input.pcap" or "ours/bmp-frr.pcap" or "ours/bmp-fulltable-frr.pcap" => _ => false,
        _ => null,
    };
}
