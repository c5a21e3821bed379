using System.Net;
using System.Net.Sockets;

namespace Suite.Tests.Records;

/// <summary>
/// Finds ports for programs that cannot choose one themselves. They are below those that the kernel gives to clients, and each is given
/// once by this process, so nothing takes a port between the search and the program's start.
/// </summary>
internal static class FreePorts
{
    private const int First = 12_000, Count = 20_000;

    private static int _next = Random.Shared.Next(Count);

    /// <summary>
    /// Returns the first of <paramref name="count"/> neighbouring ports that are free at 127.0.0.1 and ::1. It is even if the count is.
    /// </summary>
    public static int Next(int count = 1)
    {
        while (true)
        {
            int first = First + ((Interlocked.Add(ref _next, 2 * count) & int.MaxValue) % (Count - (2 * count)) / count * count);
            if (Enumerable.Range(first, count)
                .All(port => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port))))
                return first;
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
