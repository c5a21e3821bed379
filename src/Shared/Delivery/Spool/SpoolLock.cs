namespace Shared.Delivery.Spool;

/// <summary>Locks a spool's folder for this process by the file <c>lock</c>, and checks that files can be made in it.</summary>
internal static class SpoolLock
{
    // errno of Linux, which .NET gives in HResult.
    private const int WouldBlock = 11;
    private const int NoSpace = 28;

    /// <exception cref="IOException">The folder is in use or cannot be used; one line with the flag's name.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            if (File.Exists(folder))
                throw new IOException("it is a file");
            Directory.CreateDirectory(folder);
            // FileShare.None: another process gets an error, and so does another spool of this one.
            var file = new FileStream(
                Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            try
            {
                Probe(Path.Combine(folder, "probe"));
                return file;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                file.Dispose();
                throw;
            }
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new IOException($"--spool-dir: {folder} is in use by another process: each process needs a folder of its own", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"--spool-dir: {folder} cannot be used ({e.Message}): name a folder that can be written to", e);
        }
    }

    private static void Probe(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (e.HResult == NoSpace)
        {
            // A spool on a full disk can still be drained.
        }
    }
}
