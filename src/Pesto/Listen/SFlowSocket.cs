using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shared.Hosting.Service;

namespace Pesto.Listen;

/// <summary>Opens the sockets, with both address families on [::], a shared port and the kernel's buffer.</summary>
internal static class SFlowSocket
{
    /// <summary>The time that a receiver waits for a datagram before it checks whether the listener stops.</summary>
    public static readonly TimeSpan WaitTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Opens sockets that are bound to one port. The kernel spreads the exporters among them.</summary>
    /// <param name="flag">The flag that errors name.</param>
    /// <param name="address">The address to listen on; [::] takes IPv4 too, as mapped addresses. Port 0 lets the system choose.</param>
    /// <param name="count">The number of sockets. More than one need SO_REUSEPORT, which Linux has.</param>
    /// <param name="bufferBytes">The buffer to ask the kernel for; 0: its own default.</param>
    /// <exception cref="StartupException">The address is in use or not one of this machine.</exception>
    public static IReadOnlyList<Socket> Open(string flag, IPEndPoint address, int count, int bufferBytes)
    {
        var sockets = new List<Socket>();
        try
        {
            // The first socket does not share the port, so that the call fails if another process uses it.
            sockets.Add(Bind(address, bufferBytes, isShared: false));
            if (count == 1)
                return sockets;
            var bound = (IPEndPoint)sockets[0].LocalEndPoint!;
            sockets[0].Dispose();
            sockets.Clear();
            while (sockets.Count < count)
                sockets.Add(Bind(bound, bufferBytes, isShared: true));
            return sockets;
        }
        catch (SocketException e)
        {
            foreach (var socket in sockets)
                socket.Dispose();
            throw new StartupException(
                $"{flag}: cannot listen on {address} ({e.Message}); free the port, or choose an address of this machine and another port",
                e);
        }
    }

    /// <summary>
    /// The buffer that the kernel gives, in the flag's measure: Linux doubles the number for its bookkeeping and reports that.
    /// </summary>
    public static int EffectiveBufferBytes(this Socket socket) =>
        OperatingSystem.IsLinux() ? socket.ReceiveBufferSize / 2 : socket.ReceiveBufferSize;

    private static Socket Bind(IPEndPoint address, int bufferBytes, bool isShared)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            if (isShared)
                SetOption(socket, SocketImports.SoReusePort, 1);
            if (bufferBytes > 0)
                SetBuffer(socket, bufferBytes);
            socket.ReceiveTimeout = (int)WaitTime.TotalMilliseconds;
            socket.Bind(address);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetBuffer(Socket socket, int bufferBytes)
    {
        // The kernel silently limits the buffer to net.core.rmem_max, unless a process with CAP_NET_ADMIN forces it.
        try
        {
            if (OperatingSystem.IsLinux())
            {
                SetOption(socket, SocketImports.SoReceiveBufferForce, bufferBytes);
                return;
            }
        }
        catch (SocketException)
        {
            // The process does not have that capability.
        }
        socket.ReceiveBufferSize = bufferBytes;
    }

    private static void SetOption(Socket socket, int option, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        MemoryMarshal.Write(bytes, value);
        socket.SetRawSocketOption(SocketImports.SolSocket, option, bytes);
    }
}
