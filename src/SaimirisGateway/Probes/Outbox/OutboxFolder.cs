using Shared.Delivery.Spool;
using Shared.Hosting.Service;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// The files of encoded probes, one a measurement. A file that is being written ends with .part; it gets its name when all of it is on the disk.
/// What no entry of the store names is left over from a process that was killed.
/// </summary>
internal sealed class OutboxFolder : IDisposable
{
    private readonly string _path;
    private readonly FileStream _lock;

    /// <exception cref="StartupException">It cannot be used.</exception>
    public OutboxFolder(string path)
    {
        _path = path;
        try
        {
            Directory.CreateDirectory(path);
            // Exclusive: another process gets an error.
            _lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--outbox-dir: {path} cannot be used ({e.Message}); name a folder that can be written to and that no other process uses", e);
        }
    }

    /// <summary>The file of a new measurement.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public ProbesFileWriter Create(Guid measurementId) => new(this, measurementId);

    public string PathOf(string file) => Path.Combine(_path, file);

    public bool Contains(string file) => File.Exists(PathOf(file));

    /// <summary>Nothing happens where there is no such file.</summary>
    public void Delete(string file) => File.Delete(PathOf(file));

    /// <summary>Forces the names in it to the disk.</summary>
    public void Sync() => DirectoryEntries.Sync(_path);

    /// <summary>Deletes what is none of these files; returns how many those are.</summary>
    public int DeleteAllBut(IEnumerable<string> files)
    {
        var orphans = Directory.EnumerateFiles(_path).Select(path => Path.GetFileName(path))
            .Where(file => file.EndsWith(ProbesFileWriter.Ending, StringComparison.Ordinal) || file.EndsWith(ProbesFileWriter.PartEnding, StringComparison.Ordinal))
            .Except(files).ToList();
        orphans.ForEach(Delete);
        return orphans.Count;
    }

    public void Dispose() => _lock.Dispose();
}
