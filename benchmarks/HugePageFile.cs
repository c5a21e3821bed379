using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>
/// Reads a file into huge pages if the system provides them. A collector's input is in a few receive buffers, whose pages stay in the
/// processor's tables, so the benchmark must not measure the page look-ups of a file of hundreds of megabytes.
/// </summary>
internal static partial class HugePageFile
{
    private const int HugePage = 2 << 20, MadviseHugePage = 14;

    /// <exception cref="IOException">The file is not readable.</exception>
    public static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)file.Length, pinned: true);
        if (OperatingSystem.IsLinux())
        {
            nint start = (Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) + HugePage - 1) & ~(nint)(HugePage - 1);
            nint end = (Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) + bytes.Length) & ~(nint)(HugePage - 1);
            // If the system refuses, the pages stay as they are.
            if (end > start)
                _ = Advise(start, end - start, MadviseHugePage);
        }
        file.ReadExactly(bytes);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int advice);
}
