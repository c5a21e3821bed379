using System.Buffers.Binary;

namespace SaimirisGateway.Probes.Submit;

/// <summary>A probe as the unpacked, stream-framed message that schemas/probe.capnp describes; all have the same length.</summary>
internal static class ProbeEncoder
{
    public const int MessageBytes = 48;

    private const int SourcePortAt = 16, DestinationPortAt = 18, TtlAt = 20, ProtocolAt = 22, DestinationAt = 32;

    // One segment of 5 words; the root: a struct of 1 data word and 1 pointer behind it; the data; a list of 16 octets behind the pointer.
    private static ReadOnlySpan<byte> Empty =>
    [
        0, 0, 0, 0, 5, 0, 0, 0,
        0, 0, 0, 0, 1, 0, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 0x82, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <param name="message"><see cref="MessageBytes"/> octets.</param>
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
