using Shared.Records.Wire;

namespace Captures.Reassembly;

/// <summary>One direction of a captured TCP connection.</summary>
/// <param name="Index">The stream's number from 0, by its first data or SYN in the capture.</param>
/// <param name="StartsWithSyn">False if the capture begins within the connection.</param>
public sealed record TcpFlow(
    int Index, Ipv6Address Source, ushort SourcePort, Ipv6Address Destination, ushort DestinationPort, bool StartsWithSyn)
{
    public override string ToString() => $"{Endpoint(Source, SourcePort)} > {Endpoint(Destination, DestinationPort)}";

    private static string Endpoint(Ipv6Address address, ushort port) => new System.Net.IPEndPoint(address.ToIPAddress(), port).ToString();
}
