using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Submit;

/// <summary>
/// Computes the part of an agent's IPv6 prefix that is one user's. The 32 bits of the user's number follow the agent's bits, at most 96.
/// The user may send from any address in it.
/// </summary>
internal readonly struct UserPrefix
{
    private const int UserBits = 32, AddressBits = 128, MaxAgentBits = AddressBits - UserBits;

    private readonly IPNetwork _network;

    private UserPrefix(IPNetwork network) => _network = network;

    /// <summary>Returns false when <paramref name="agentPrefix"/> is no IPv6 prefix of at most 96 bits.</summary>
    public static bool TryMake(string? agentPrefix, uint userId, out UserPrefix prefix)
    {
        prefix = default;
        string[] parts = (agentPrefix ?? "").Split('/');
        if (parts.Length != 2 || !ProbeFields.TryReadLiteral(parts[0], out var address)
            || address.AddressFamily != AddressFamily.InterNetworkV6
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > MaxAgentBits)
            return false;
        int shift = AddressBits - length;
        var network = length == 0 ? UInt128.Zero : Number(address) >> shift << shift;
        var user = network | ((UInt128)userId << (shift - UserBits));
        prefix = new UserPrefix(new IPNetwork(Address(user), length + UserBits));
        return true;
    }

    /// <summary>True if the address is in the prefix. No IPv4 address is.</summary>
    public bool Contains(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && _network.Contains(address);

    public override string ToString() => _network.ToString();

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static IPAddress Address(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
