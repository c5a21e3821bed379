using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Submit;

/// <summary>Reads a submission's body from the socket into its form's reader, with the limits of time and length that a body has.</summary>
internal sealed class SubmissionReader(ProbeOptions options, ILogger logger)
{
    /// <summary>Null: all of it is taken.</summary>
    /// <exception cref="OperationCanceledException">The user has gone away.</exception>
    public async Task<SubmissionAnswer?> ReadAsync(HttpRequest request, IProbeBody body, CancellationToken aborted)
    {
        // The reader has limits of its own, and says which one a body meets.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        try
        {
            return await ReadAsync(request, body, idle);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return new SubmissionAnswer(StatusCodes.Status408RequestTimeout, $"nothing came for {options.IdleTimeout.TotalSeconds} s");
        }
        catch (BadHttpRequestException e)
        {
            return new SubmissionAnswer(e.StatusCode, e.Message);
        }
        catch (IOException e) when (e is not ConnectionResetException && !aborted.IsCancellationRequested)
        {
            logger.OutboxDiskFailed(e.Message);
            return new SubmissionAnswer(StatusCodes.Status503ServiceUnavailable, "The probes cannot be kept at the moment") { RetryAfter = TimeSpan.FromMinutes(1) };
        }
    }

    private async Task<SubmissionAnswer?> ReadAsync(HttpRequest request, IProbeBody body, CancellationTokenSource idle)
    {
        long octets = 0;
        while (true)
        {
            idle.CancelAfter(options.IdleTimeout);
            var read = await request.BodyReader.ReadAsync(idle.Token);
            idle.CancelAfter(Timeout.Infinite);
            octets += read.Buffer.Length;
            var refusal = octets <= options.MaxBodyBytes
                ? body.Take(read.Buffer)
                : new SubmissionAnswer(StatusCodes.Status413PayloadTooLarge, $"The body has more than {options.MaxBodyBytes} bytes; send it as several measurements");
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (refusal is not null)
                return refusal;
            if (read.IsCompleted)
                return body.End();
        }
    }
}
