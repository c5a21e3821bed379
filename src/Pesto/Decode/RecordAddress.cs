using System.Buffers.Binary;
using Pesto.Frame;
using Shared.Records.Wire;

namespace Pesto.Decode;

/// <summary>sflow_version_5.txt, "address": type(4) and 0, 4 or 16 octets.</summary>
/// <param name="Value">IPv4 mapped.</param>
/// <param name="IsGiven">Not of type 0 (unknown).</param>
internal readonly record struct RecordAddress(Ipv6Address Value, bool IsGiven)
{
    /// <param name="octets">Those behind the address afterwards.</param>
    /// <returns>False: of no known type, or cut.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> octets, out RecordAddress address)
    {
        address = default;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(octets, out uint type) || type > 2 || octets.Length < 4 + DatagramHeader.AddressBytes(type))
            return false;
        address = new RecordAddress(DatagramHeader.Address(type, octets[4..]), type != 0);
        octets = octets[(4 + DatagramHeader.AddressBytes(type))..];
        return true;
    }
}
