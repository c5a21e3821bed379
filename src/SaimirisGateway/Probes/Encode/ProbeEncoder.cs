using System.Buffers.Binary;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Encode;

/// <summary>Writes a probe as an unpacked, stream-framed message of schemas/probe.capnp. All messages have the same length.</summary>
internal static class ProbeEncoder
{
    public const int MessageBytes = 48;

    private const int SourcePortAt = 16, DestinationPortAt = 18, TtlAt = 20, ProtocolAt = 22, DestinationAt = 32;

    // The segment table: one segment of 5 words. The root pointer: a struct of 1 data word and 1 pointer. The data word. The pointer to a
    // list of 16 bytes, which follow.
    private static ReadOnlySpan<byte> Empty =>
    [
        0, 0, 0, 0, 5, 0, 0, 0,
        0, 0, 0, 0, 1, 0, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 0x82, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <param name="message">The space for <see cref="MessageBytes"/> bytes.</param>
    public static void Write(in Probe probe, Span<byte> message)
    {
        Empty.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message[SourcePortAt..], probe.SourcePort);
        BinaryPrimitives.WriteUInt16LittleEndian(message[DestinationPortAt..], probe.DestinationPort);
        message[TtlAt] = probe.Ttl;
        message[ProtocolAt] = (byte)probe.Protocol;
        probe.Destination.CopyTo(message[DestinationAt..]);
    }
}
