using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Shared.Records.Batch;

namespace Shared.Delivery.Files;

/// <summary>
/// Writes batches to DIR/TOPIC/TOPIC-UTC-N.capnp, plain Cap'n Proto messages for <c>capnp decode</c> and
/// <c>clickhouse-client FORMAT CapnProto</c>. A background task writes. When it cannot, it tries again, and the senders wait as soon as
/// the shards' memory is full.
/// </summary>
public sealed class DirectorySink : IBatchSink
{
    // No topic can have this name.
    private const string LockName = "~lock";

    private static readonly TimeSpan AgeCheck = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(8);

    private readonly string _directory;
    private readonly FileRotation _rotation;
    private readonly FileStream _lock;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    // Null: check the age of the files.
    private readonly Channel<RecordBatch?> _batches = Channel.CreateUnbounded<RecordBatch?>(new() { SingleReader = true });
    private readonly Dictionary<string, RotatingFile> _files = [];
    private readonly CancellationTokenSource _drainEnd;
    private readonly ITimer _ageTimer;
    private readonly Task _run;
    private string? _trouble;

    /// <param name="directory">The folder of the topics' folders; the sink makes it if it is missing.</param>
    /// <param name="logger">The log of failed writes and of files that an earlier process left.</param>
    /// <param name="time">The clock of names, ages and pauses.</param>
    /// <param name="rotation">When to begin a new file.</param>
    /// <exception cref="IOException">The directory cannot be made, or another process writes to it.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be made or written to.</exception>
    public DirectorySink(string directory, ILogger logger, TimeProvider time, FileRotation? rotation = null)
    {
        _directory = directory;
        _rotation = rotation ?? new FileRotation();
        _logger = logger;
        _time = time;
        Directory.CreateDirectory(directory);
        _lock = new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        FinishLeftovers();
        _drainEnd = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var ageCheck = _rotation.MaxAge < AgeCheck ? _rotation.MaxAge : AgeCheck;
        _ageTimer = time.CreateTimer(_ => _batches.Writer.TryWrite(null), null, ageCheck, ageCheck);
        _run = Task.Run(RunAsync);
    }

    public string? NotReady => Volatile.Read(ref _trouble);

    public void Submit(RecordBatch batch)
    {
        if (!_batches.Writer.TryWrite(batch))
        {
            FilesLog.FilesGivenUp(_logger, 1, batch.Records, _directory);
            GiveUp(batch);
        }
    }

    /// <summary>Writes the submitted batches, for 8 s at most, and finishes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _batches.Writer.TryComplete();
        _drainEnd.CancelAfter(DrainTimeout);
        await _run;
        await _ageTimer.DisposeAsync();
        _drainEnd.Dispose();
        await _lock.DisposeAsync();
    }

    private async Task RunAsync()
    {
        int lostBatches = 0;
        long lostRecords = 0;
        await foreach (var batch in _batches.Reader.ReadAllAsync())
        {
            if (batch is null)
            {
                await UntilItWorksAsync(_directory, CloseOldFiles);
                continue;
            }
            if (await UntilItWorksAsync(Path.Combine(_directory, batch.Topic), () => FileOf(batch.Topic).Append(batch.Value)))
            {
                batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
                batch.Release();
                continue;
            }
            lostBatches++;
            lostRecords += batch.Records;
            GiveUp(batch);
        }
        if (lostBatches > 0)
            FilesLog.FilesGivenUp(_logger, lostBatches, lostRecords, _directory);
        foreach (var (topic, file) in _files)
            await UntilItWorksAsync(Path.Combine(_directory, topic), file.Dispose);
    }

    private RotatingFile FileOf(string topic)
    {
        if (!_files.TryGetValue(topic, out var file))
            _files.Add(topic, file = new RotatingFile(Path.Combine(_directory, topic), topic, _rotation, _time));
        return file;
    }

    private void CloseOldFiles()
    {
        foreach (var file in _files.Values)
            file.CloseIfDue();
    }

    private static void GiveUp(RecordBatch batch)
    {
        batch.Drop(RecordState.InFlight, "shutdown");
        batch.Release();
    }

    // A file that cannot be finished keeps its name until the next start.
    private void FinishLeftovers()
    {
        foreach (string folder in Directory.EnumerateDirectories(_directory))
        {
            string pattern = $"{Path.GetFileName(folder)}-*.capnp{RotatingFile.Growing}";
            foreach (string part in Directory.GetFiles(folder, pattern, new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
            {
                try
                {
                    var left = LeftoverFile.Finish(part);
                    if (left.Bytes > 0)
                        FilesLog.LeftoverFinished(_logger, left.Path, left.Records, left.Bytes);
                    if (left.DamagedBytes > 0)
                        FilesLog.LeftoverDamaged(_logger, left.DamagedPath, left.DamagedBytes);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    FilesLog.LeftoverFailed(_logger, part, e.Message);
                }
            }
        }
    }

    /// <summary>Tries until it works. False: the time to drain is over.</summary>
    private async Task<bool> UntilItWorksAsync(string what, Action write)
    {
        while (true)
        {
            try
            {
                write();
                if (_trouble is not null)
                {
                    Volatile.Write(ref _trouble, null);
                    FilesLog.FileRecovered(_logger, what);
                }
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (_trouble is null)
                {
                    Volatile.Write(ref _trouble, $"{what} cannot be written ({e.Message})");
                    FilesLog.FileFailed(_logger, what, e.Message, RetryPause.TotalSeconds);
                }
            }
            await Task.Delay(RetryPause, _time, _drainEnd.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_drainEnd.IsCancellationRequested)
                return false;
        }
    }
}
