using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shared.Hosting.Service;

namespace Shared.Hosting.Flags;

/// <summary>An address to listen on or to connect to: <c>host:port</c>. The host is a name or an address, IPv6 in brackets.</summary>
/// <param name="Host">The host without brackets.</param>
/// <param name="Port">0 lets the system choose one.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>True if only this machine reaches the address.</summary>
    public bool IsLoopback => IPAddress.TryParse(Host, out var address)
        ? IPAddress.IsLoopback(address)
        : Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">The text is not host:port; the message quotes it.</exception>
    public static HostPort Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        bool bracketed = text.StartsWith('[') && colon > 1 && text[colon - 1] == ']';
        string host = bracketed ? text[1..(colon - 1)] : text[..Math.Max(colon, 0)];
        bool validHost = bracketed
            ? IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        if (!validHost || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new FormatException($"'{text}' is not host:port (an IPv6 address in brackets, as in [::]:4000)");
        return new HostPort(host, port);
    }

    /// <summary>Looks up the first address of the name.</summary>
    /// <param name="flag">The flag that an error names.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">The name has no address.</exception>
    public async Task<IPEndPoint> ResolveAsync(string flag, CancellationToken cancel = default)
    {
        if (IPAddress.TryParse(Host, out var literal))
            return new IPEndPoint(literal, Port);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host, cancel);
            if (addresses.Length > 0)
                return new IPEndPoint(addresses[0], Port);
        }
        catch (SocketException e)
        {
            throw new StartupException(
                $"{flag}: the name {Host} has no address here ({e.Message}); give an address or correct the name", e);
        }
        throw new StartupException($"{flag}: the name {Host} has no address here; give an address or correct the name");
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
