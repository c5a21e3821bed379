using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Http;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Reads a submission's body from the connection, within the limits of idle time and length.</summary>
internal sealed class ProbeBodyReader(ProbeOptions options, ILogger logger)
{
    public const string DiskFailed = "The probes cannot be kept at the moment";

    /// <returns>Why the body is refused; null when it is complete.</returns>
    /// <exception cref="OperationCanceledException">The user has disconnected.</exception>
    public async Task<ErrorAnswer?> ReadAsync(HttpRequest request, IProbeBody body, CancellationToken aborted)
    {
        // Kestrel's limit is off, because this class has limits of its own and says which one a body exceeds.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        try
        {
            return await ReadAsync(request.BodyReader, body, idle);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return new ErrorAnswer(StatusCodes.Status408RequestTimeout, $"nothing came for {options.IdleTimeout.TotalSeconds} s");
        }
        catch (BadHttpRequestException e)
        {
            return new ErrorAnswer(e.StatusCode, e.Message);
        }
        catch (IOException e) when (e is not ConnectionResetException && !aborted.IsCancellationRequested)
        {
            logger.OutboxDiskFailed(e.Message);
            return new ErrorAnswer(StatusCodes.Status503ServiceUnavailable, DiskFailed) { RetryAfter = TimeSpan.FromMinutes(1) };
        }
    }

    private async Task<ErrorAnswer?> ReadAsync(PipeReader reader, IProbeBody body, CancellationTokenSource idle)
    {
        long length = 0;
        while (true)
        {
            idle.CancelAfter(options.IdleTimeout);
            var read = await reader.ReadAsync(idle.Token);
            idle.CancelAfter(Timeout.Infinite);
            length += read.Buffer.Length;
            var refusal = length <= options.MaxBodyBytes ? body.Take(read.Buffer) : TooLong;
            reader.AdvanceTo(read.Buffer.End);
            if (refusal is not null)
                return refusal;
            if (read.IsCompleted)
                return body.End();
        }
    }

    private ErrorAnswer TooLong => new(
        StatusCodes.Status413PayloadTooLarge, $"The body has more than {options.MaxBodyBytes} bytes; send it as several measurements");
}
