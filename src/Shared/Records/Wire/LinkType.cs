namespace Shared.Records.Wire;

/// <summary>Names the link types (IANA registry "PCAP-related Specifications") that <see cref="LinkLayer"/> can read.</summary>
public enum LinkType : ushort
{
    Null = 0,
    Ethernet = 1,
    Ppp = 9,
    RawBsd = 12,
    RawOpenBsd = 14,
    PppHdlc = 50,
    Raw = 101,
    CiscoHdlc = 104,
    Loop = 108,
    LinuxSll = 113,
    Ipv4 = 228,
    Ipv6 = 229,
    LinuxSll2 = 276,
}
