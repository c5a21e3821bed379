using Captures.Pcap;
using Captures.Reassembly;
using Shared.Records.Wire;

namespace Suite.Tests.Golden;

/// <summary>Reads the TCP streams of a whole capture.</summary>
internal static class CapturedStreams
{
    /// <summary>The chunks of all streams in capture order.</summary>
    public static IEnumerable<TcpChunk> Read(PcapReader reader)
    {
        var streams = new TcpStreams();
        while (reader.TryRead(out var packet))
        {
            if (IpPacket.TryRead(packet, out var ip) != PacketSkip.None || ip.Protocol != IpPacket.Tcp)
                continue;
            foreach (var chunk in streams.Add(ip))
                yield return chunk;
        }
        foreach (var chunk in streams.Finish())
            yield return chunk;
    }
}
