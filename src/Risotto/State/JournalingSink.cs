using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Risotto.Telemetry;
using Shared.Records.Batch;

namespace Risotto.State;

/// <summary>
/// Writes the keys of each batch to the journal before the batch reaches the next sink: a process that starts after a kill has to know
/// every record that may have reached the topic. If the journal cannot be written, the batches pass without it.
/// </summary>
internal sealed class JournalingSink : IBatchSink
{
    private readonly IBatchSink _inner;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Channel<RecordBatch> _batches = Channel.CreateUnbounded<RecordBatch>(new() { SingleReader = true });
    private readonly Task _run;
    private StateWriter? _journal;

    /// <param name="inner">Takes the batches; the caller disposes of it after this.</param>
    /// <param name="logger">Takes the line about a journal that cannot be written.</param>
    public JournalingSink(IBatchSink inner, ILogger logger)
    {
        _inner = inner;
        _logger = logger;
        _run = Task.Run(RunAsync);
    }

    public string? NotReady => _inner.NotReady;

    /// <summary>Batches since the last <see cref="Use"/>.</summary>
    public long Batches { get; private set; }

    /// <summary>The length of the journal.</summary>
    public long Length { get; private set; }

    public void Submit(RecordBatch batch)
    {
        if (!_batches.Writer.TryWrite(batch))
            _inner.Submit(batch);
    }

    /// <summary>Writes the keys to this journal from now on, and closes it in the end. With null the keys are written nowhere.</summary>
    public void Use(StateWriter? journal)
    {
        lock (_gate)
        {
            _journal?.Dispose();
            _journal = journal;
            Batches = 0;
            Length = 0;
        }
    }

    /// <summary>Hands over the batches that were submitted.</summary>
    public async ValueTask DisposeAsync()
    {
        _batches.Writer.TryComplete();
        await _run;
    }

    private async Task RunAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync())
        {
            lock (_gate)
                Write(batch);
            _inner.Submit(batch);
        }
    }

    private void Write(RecordBatch batch)
    {
        Batches++;
        if (_journal is not { } journal)
            return;
        try
        {
            var payload = journal.Payload(JournalKeys.MaxLength(batch.Length));
            journal.Write(StateBlockKind.Keys, JournalKeys.Write(batch.Value, payload));
            Length = journal.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.JournalFailed(journal.Path, e.Message);
            journal.Dispose();
            _journal = null;
        }
    }
}
