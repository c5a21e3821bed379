using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>
/// A file in memory of huge pages where the system gives them: a collector's input lies in a few receive buffers that stay in the
/// processor's tables, and looking up the pages of a file of hundreds of megabytes is no part of what is measured.
/// </summary>
internal static partial class HugePageFile
{
    private const int HugePage = 2 << 20, MadviseHugePage = 14;

    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)file.Length, pinned: true);
        if (OperatingSystem.IsLinux())
        {
            nint start = (Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) + HugePage - 1) & ~(nint)(HugePage - 1);
            nint end = (Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) + bytes.Length) & ~(nint)(HugePage - 1);
            // Refused, it stays as it is.
            if (end > start)
                _ = Advise(start, end - start, MadviseHugePage);
        }
        file.ReadExactly(bytes);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int advice);
}
