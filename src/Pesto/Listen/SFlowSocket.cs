using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shared.Hosting.Service;

namespace Pesto.Listen;

/// <summary>Opens the sockets: both families on [::], shared ports, the kernel's buffer.</summary>
internal static class SFlowSocket
{
    /// <summary>How long a receiver waits for a datagram before it looks whether it shall end.</summary>
    public static readonly TimeSpan WaitTime = TimeSpan.FromMilliseconds(200);

    /// <summary>As many sockets as asked for, all bound to one port, among which the kernel spreads the exporters.</summary>
    /// <param name="flag">Named in errors.</param>
    /// <param name="address">Where to listen; [::] takes IPv4 too, as mapped addresses. Port 0 lets the system choose.</param>
    /// <param name="count">More than one need SO_REUSEPORT, which Linux has.</param>
    /// <param name="bufferBytes">What to ask the kernel for; 0: its own default.</param>
    /// <exception cref="StartupException">The address cannot be had.</exception>
    public static IReadOnlyList<Socket> Open(string flag, IPEndPoint address, int count, int bufferBytes)
    {
        var sockets = new List<Socket>();
        try
        {
            // Another process may not share the port unnoticed, so the first one is bound without sharing, to see that it is free.
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
            throw new StartupException($"{flag}: cannot listen on {address} ({e.Message}); free the port, or choose an address of this machine and another port", e);
        }
    }

    /// <summary>What the kernel really gives, in the flag's own measure: Linux takes the double, for its bookkeeping, and says so.</summary>
    public static int EffectiveBufferBytes(this Socket socket) => OperatingSystem.IsLinux() ? socket.ReceiveBufferSize / 2 : socket.ReceiveBufferSize;

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

    private static void SetBuffer(Socket socket, int bytes)
    {
        // The kernel cuts what is above net.core.rmem_max without a word, but not for a process with CAP_NET_ADMIN that insists.
        try
        {
            if (OperatingSystem.IsLinux())
            {
                SetOption(socket, SocketImports.SoReceiveBufferForce, bytes);
                return;
            }
        }
        catch (SocketException)
        {
            // Without that right.
        }
        socket.ReceiveBufferSize = bytes;
    }

    private static void SetOption(Socket socket, int option, int value)
    {
        Span<byte> octets = stackalloc byte[4];
        MemoryMarshal.Write(octets, value);
        socket.SetRawSocketOption(SocketImports.SolSocket, option, octets);
    }
}
