using Shared.Records.Wire;

namespace Captures.Reassembly;

/// <summary>One direction of one TCP connection, as it was captured.</summary>
/// <param name="Index">Order of the streams' first data or SYN in the capture, from 0.</param>
/// <param name="StartsWithSyn">False where the capture begins in the middle of the connection.</param>
public sealed record TcpFlow(
    int Index, Ipv6Address Source, ushort SourcePort, Ipv6Address Destination, ushort DestinationPort, bool StartsWithSyn)
{
    public override string ToString() => $"{Endpoint(Source, SourcePort)} > {Endpoint(Destination, DestinationPort)}";

    private static string Endpoint(Ipv6Address address, ushort port) => new System.Net.IPEndPoint(address.ToIPAddress(), port).ToString();
}
