namespace Shared.Delivery.Spool;

/// <summary>The file <c>lock</c> of a spool: who holds it uses the folder, and knows that it can be written to.</summary>
internal static class SpoolLock
{
    // What .NET hands on from Linux in HResult.
    private const int WouldBlock = 11;
    private const int NoSpace = 28;

    /// <exception cref="IOException">One line for people.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            if (File.Exists(folder))
                throw new IOException("it is a file");
            Directory.CreateDirectory(folder);
            // Exclusive: another process, and another spool of this one, get an error.
            var file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
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
            // A full disk can still be drained.
        }
    }
}
