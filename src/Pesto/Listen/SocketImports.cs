using System.Runtime.InteropServices;

namespace Pesto.Listen;

/// <summary>recvmmsg(2), getsockopt(2) and the structures of socket.h in the layout of 64-bit Linux, for glibc and musl.</summary>
internal static unsafe partial class SocketImports
{
    /// <summary>The level of the options below.</summary>
    internal const int SolSocket = 1;

    internal const int SoReusePort = 15, SoReceiveBufferForce = 33, SoTimestampNs = 35, SoRxqOvfl = 40, SoMemInfo = 55;

    /// <summary>MSG_WAITFORONE: the call waits for the first datagram only.</summary>
    internal const int WaitForOne = 0x10000;

    internal const int DontWait = 0x40;

    internal const int Interrupted = 4, TryAgain = 11;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    internal static partial int ReceiveMessages(SafeHandle socket, MultiMessage* messages, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    internal static partial int GetOption(SafeHandle socket, int level, int option, void* value, uint* length);

    /// <summary>struct iovec</summary>
    internal struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary>struct mmsghdr: a struct msghdr, and the number of received bytes after it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct MultiMessage
    {
        [FieldOffset(0)]
        public byte* Name;

        [FieldOffset(8)]
        public uint NameLength;

        [FieldOffset(16)]
        public Vector* Vectors;

        [FieldOffset(24)]
        public nuint VectorCount;

        [FieldOffset(32)]
        public byte* Control;

        [FieldOffset(40)]
        public nuint ControlLength;

        [FieldOffset(48)]
        public int Flags;

        [FieldOffset(56)]
        public uint Length;
    }

    /// <summary>struct cmsghdr; its data follow, and the next one follows at a multiple of 8.</summary>
    internal struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    /// <summary>struct timespec</summary>
    internal struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
