using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Pesto.Frame;

/// <summary>sflow_version_5.txt, "address": type(4) and 0, 4 or 16 bytes.</summary>
/// <param name="Value">IPv4 addresses are mapped.</param>
/// <param name="IsGiven">False for type 0 (unknown).</param>
internal readonly record struct SFlowAddress(Ipv6Address Value, bool IsGiven)
{
    public const uint Unknown = 0, Ipv4 = 1, Ipv6 = 2;

    private const int TypeBytes = 4;

    /// <param name="bytes">Becomes the bytes after the address.</param>
    /// <returns>False: the type is not known, or the address is cut.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out SFlowAddress address)
    {
        address = default;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(bytes, out uint type) || type > Ipv6 || bytes.Length < TypeBytes + ValueBytes(type))
            return false;
        address = new SFlowAddress(ReadValue(type, bytes[TypeBytes..]), type != Unknown);
        bytes = bytes[(TypeBytes + ValueBytes(type))..];
        return true;
    }

    /// <summary>Bytes of an address without its type.</summary>
    public static int ValueBytes(uint type) => type switch { Ipv4 => 4, Ipv6 => 16, _ => 0 };

    /// <summary>Reads an address without its type; :: for a type without a value.</summary>
    public static Ipv6Address ReadValue(uint type, ReadOnlySpan<byte> bytes) => type switch
    {
        Ipv4 => Ipv6Address.FromV4(bytes),
        Ipv6 => Ipv6Address.FromV6(bytes),
        _ => default,
    };
}
