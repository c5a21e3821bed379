using System.Buffers.Binary;

namespace SaimirisGateway.Replies.Decode;

/// <summary>
/// Reads the state that caracal stores in a probe: the TTL in its length, the time of sending in a 16-bit field, and for IPv4 a checksum of
/// its own fields in the Identification.
/// </summary>
/// <remarks>
/// caracal 0.15.3 (builder.cpp, parser.cpp, checksum.cpp, timestamp.cpp). The payload has two bytes that correct the checksum, then as many
/// zeros as the TTL. The time is Unix time in units of 0.1 ms, modulo 65535.
/// </remarks>
internal static class CaracalProbe
{
    /// <summary>The UDP or ICMP header (8), and the two bytes.</summary>
    private const int FixedBytes = 10;

    private const int TimeModulus = 65_535;
    private const ulong UnitNs = 100_000;

    /// <summary>Reads a probe's TTL, and computes the round-trip time.</summary>
    /// <param name="length">The length of the probe's UDP or ICMP message, in bytes.</param>
    /// <param name="sentAt">The UDP checksum or the echo sequence number.</param>
    /// <param name="timeNs">The time of capture, nanoseconds since 1970 UTC.</param>
    public static void Read(int length, ushort sentAt, ulong timeNs, Reply reply)
    {
        int ttl = length - FixedBytes;
        // No probe of caracal has such a length, so its time of sending is invalid too.
        if (ttl is < 1 or > byte.MaxValue)
        {
            reply.ProbeTtl = 0;
            reply.Rtt = 0;
            reply.RttMicros = 0;
            return;
        }
        ulong received = timeNs / UnitNs;
        int rtt = (int)(received % TimeModulus) - sentAt;
        if (rtt < 0)
            rtt += TimeModulus;
        reply.ProbeTtl = (byte)ttl;
        reply.Rtt = (ushort)rtt;
        reply.RttMicros = (uint)rtt * 100 + (uint)(timeNs - received * UnitNs) / 1000;
    }

    /// <summary>
    /// Computes NOT ((id + destination + source port + TTL mod 2^32) mod 65535). The destination is a little-endian number, because caracal
    /// reads it from memory on x86 and ARM.
    /// </summary>
    public static ushort Identification(ushort caracalId, ReadOnlySpan<byte> destination, ushort sourcePort, byte ttl)
    {
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(destination) + caracalId + sourcePort + ttl;
        return (ushort)~(sum % TimeModulus);
    }
}
