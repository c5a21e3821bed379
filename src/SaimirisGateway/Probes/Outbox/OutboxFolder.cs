using Shared.Delivery.Spool;
using Shared.Hosting.Service;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// Holds the files of encoded probes, one for each measurement. A file that is being written ends with .part. It gets its final name when
/// it is completely on the disk. A file that no outbox entry names was left by a killed process.
/// </summary>
internal sealed class OutboxFolder : IDisposable
{
    private readonly string _path;
    private readonly FileStream _lock;

    /// <exception cref="StartupException">The folder cannot be used.</exception>
    public OutboxFolder(string path)
    {
        _path = path;
        try
        {
            Directory.CreateDirectory(path);
            // The lock is exclusive: another process gets an error.
            _lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"--outbox-dir: {path} cannot be used ({e.Message}); name a folder that can be written to and that no other process uses",
                e);
        }
    }

    /// <summary>Creates the file of a new measurement.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ProbesFileWriter Create(Guid measurementId) => new(this, measurementId);

    public string PathOf(string file) => Path.Combine(_path, file);

    public bool Contains(string file) => File.Exists(PathOf(file));

    /// <summary>Deletes a file, if it exists.</summary>
    public void Delete(string file) => File.Delete(PathOf(file));

    /// <summary>Forces the names of the files to the disk.</summary>
    public void Sync() => DirectoryEntries.Sync(_path);

    /// <summary>Deletes the files of probes that are not among these, and returns their number.</summary>
    public int DeleteAllBut(IEnumerable<string> files)
    {
        var orphans = Directory.EnumerateFiles(_path).Select(path => Path.GetFileName(path))
            .Where(file => Path.GetExtension(file) is ProbesFileWriter.Ending or ProbesFileWriter.PartEnding)
            .Except(files).ToList();
        orphans.ForEach(Delete);
        return orphans.Count;
    }

    public void Dispose() => _lock.Dispose();
}
