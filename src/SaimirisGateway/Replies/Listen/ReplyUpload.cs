using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Replies.Frame;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace SaimirisGateway.Replies.Listen;

/// <summary>Takes one body, from its first byte to the acknowledgement of its last record.</summary>
internal sealed class ReplyUpload : IDisposable
{
    private readonly UploadContext _context;
    private readonly ReplyPipeline _pipeline;
    private readonly BodyBuffer _buffer = new();
    private readonly PendingAck _ack;

    public ReplyUpload(UploadContext context, AgentState agent, ReplyOptions options)
    {
        _context = context;
        Action<ReadOnlySpan<byte>>? onCommitted =
            context.OnCommitted is { } observer ? messages => observer(agent.Id, messages) : null;
        _pipeline = new ReplyPipeline(agent, context.Gateway, options, context.Replies, Counters, onCommitted);
        lock (_pipeline.Shard.Gate)
            _ack = _pipeline.Shard.OpenAck();
    }

    public ReplyCounters Counters { get; } = new();

    /// <summary>The reason why the body could not be read to its end; null when it could.</summary>
    public string? Malformed { get; private set; }

    /// <param name="encoding">The Content-Encoding, which <see cref="IsKnown"/> accepts.</param>
    /// <exception cref="OperationCanceledException">The agent has disconnected.</exception>
    public async Task<ReplyAnswer> RunAsync(HttpRequest request, string encoding, CancellationToken aborted)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        try
        {
            var answer = await ReadAsync(request, encoding, idle, aborted);
            Task<bool> settled;
            lock (_pipeline.Shard.Gate)
                settled = _ack.SettledAsync();
            // Replies before a malformed record are waited for too.
            bool isAcknowledged = Counters.Accepted == 0 || await settled.WaitAsync(_context.Options.AckTimeout, _context.Time, aborted);
            return isAcknowledged
                ? answer
                : Answer(StatusCodes.Status503ServiceUnavailable, "Kafka refused records of this body and they are lost: send it again");
        }
        catch (TimeoutException)
        {
            return Answer(StatusCodes.Status503ServiceUnavailable, "Kafka does not take the records at the moment: send the body again");
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return Answer(StatusCodes.Status408RequestTimeout, $"nothing came for {_context.Options.IdleTimeout.TotalSeconds} s");
        }
        catch (BadHttpRequestException e)
        {
            return Answer(e.StatusCode, e.Message);
        }
        catch (InvalidDataException)
        {
            Malformed = "encoding_invalid";
            return Answer(StatusCodes.Status400BadRequest, $"the body is no {encoding}");
        }
    }

    public static bool IsKnown(string encoding) => encoding is "" or "identity" or "gzip" or "br";

    public void Dispose()
    {
        _ack.Dispose();
        _buffer.Dispose();
    }

    private async Task<ReplyAnswer> ReadAsync(HttpRequest request, string encoding, CancellationTokenSource idle, CancellationToken aborted)
    {
        var reader = encoding switch
        {
            "gzip" => PipeReader.Create(new CheckedGzipStream(request.Body)),
            "br" => PipeReader.Create(new CheckedBrotliStream(request.Body)),
            _ => request.BodyReader,
        };
        if (reader == request.BodyReader)
            return await ReadAsync(reader, long.MaxValue, idle, aborted);
        try
        {
            return await ReadAsync(reader, _context.Options.MaxExpandedBytes, idle, aborted);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private async Task<ReplyAnswer> ReadAsync(PipeReader reader, long maxBytes, CancellationTokenSource idle, CancellationToken aborted)
    {
        long length = 0;
        while (true)
        {
            idle.CancelAfter(_context.Options.IdleTimeout);
            var read = await reader.ReadAsync(idle.Token);
            idle.CancelAfter(Timeout.Infinite);
            length += read.Buffer.Length;
            bool fits = length <= maxBytes;
            bool isSound = fits && await TakeAsync(read.Buffer, aborted);
            reader.AdvanceTo(read.Buffer.End);
            if (!fits)
            {
                return Answer(
                    StatusCodes.Status413PayloadTooLarge, $"the body has more than {maxBytes} octets when expanded; send it in parts");
            }
            if (!isSound)
                return MalformedAnswer();
            if (read.IsCompleted)
                break;
        }
        return _pipeline.EndOfBody(_buffer.Length) == ReplyStep.Malformed
            ? MalformedAnswer()
            : new ReplyAnswer(StatusCodes.Status202Accepted) { Counters = Counters };
    }

    private async ValueTask<bool> TakeAsync(ReadOnlySequence<byte> body, CancellationToken aborted)
    {
        while (!body.IsEmpty)
        {
            _buffer.Fill(ref body);
            ReplyStep step;
            while ((step = Take()) == ReplyStep.NeedsSpace)
            {
                _context.Metrics.OnWait();
                await _pipeline.Shard.SpaceAvailable.WaitAsync(_context.Options.AckTimeout, _context.Time, aborted);
            }
            if (step == ReplyStep.Malformed)
                return false;
        }
        return true;
    }

    private ReplyStep Take()
    {
        ulong now = UnixTime.NowNs(_context.Time);
        ReplyStep step;
        int consumed;
        lock (_pipeline.Shard.Gate)
            step = _pipeline.Process(_buffer.Bytes, now, out consumed);
        _buffer.Consume(consumed);
        return step;
    }

    private ReplyAnswer MalformedAnswer()
    {
        var error = _pipeline.Error;
        Malformed = error.Code.Reason();
        return new ReplyAnswer(StatusCodes.Status400BadRequest, error.ToString()) { Counters = Counters, Offset = error.Offset };
    }

    private ReplyAnswer Answer(int status, string message) => new(status, message) { Counters = Counters };
}
