using System.Runtime.InteropServices;

namespace Shared.Delivery.Spool;

/// <summary>Syncs the names in a folder to the disk: a new file survives a power cut only if its folder is synced too.</summary>
public static partial class DirectoryEntries
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Sync(string folder)
    {
        // .NET cannot open a folder as a file. On other systems the file system writes the entries without this.
        if (!OperatingSystem.IsLinux())
            return;
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"{folder} cannot be opened ({Marshal.GetLastPInvokeErrorMessage()})");
        int result = FSync(descriptor);
        string error = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"{folder} cannot be synced ({error})");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
