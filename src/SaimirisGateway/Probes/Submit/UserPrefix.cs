using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SaimirisGateway.Probes.Submit;

/// <summary>
/// The part of an agent's IPv6 prefix that is one user's: behind the agent's bits, at most 96, stand the 32 bits of the user's number. The user
/// may send from any address in it.
/// </summary>
internal readonly struct UserPrefix
{
    private const int UserBits = 32, AddressBits = 128, MaxAgentBits = AddressBits - UserBits;

    private readonly IPNetwork _agent;
    private readonly IPNetwork _user;

    private UserPrefix(IPNetwork agent, IPNetwork user) => (_agent, _user) = (agent, user);

    /// <summary>In the form of its network: host bits are cleared.</summary>
    public string AgentPrefix => _agent.ToString();

    /// <summary>False: <paramref name="agentPrefix"/> is no IPv6 prefix of at most 96 bits.</summary>
    public static bool TryOf(string? agentPrefix, uint userId, out UserPrefix prefix)
    {
        prefix = default;
        string[] parts = (agentPrefix ?? "").Split('/');
        if (parts.Length != 2 || !ProbeFields.TryReadLiteral(parts[0], out var address) || address.AddressFamily != AddressFamily.InterNetworkV6
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > MaxAgentBits)
            return false;
        int shift = AddressBits - length;
        var network = length == 0 ? UInt128.Zero : Number(address) >> shift << shift;
        var user = network | ((UInt128)userId << (shift - UserBits));
        prefix = new UserPrefix(new IPNetwork(Address(network), length), new IPNetwork(Address(user), length + UserBits));
        return true;
    }

    /// <summary>No IPv4 address is in it.</summary>
    public bool Contains(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && _user.Contains(address);

    public override string ToString() => _user.ToString();

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }

    private static IPAddress Address(UInt128 number)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, number);
        return new IPAddress(octets);
    }
}
