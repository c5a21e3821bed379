using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Risotto.Listen;

/// <summary>Reads the PROXY header from the start of a proxy's connection, in however many pieces it comes.</summary>
internal static class ProxyProtocolReader
{
    /// <param name="input">The connection; afterwards its next byte is the one after the header.</param>
    /// <param name="cancel">The time for the header is over.</param>
    public static async ValueTask<(ProxyProtocolHeader Header, Refusal Refusal)> ReadAsync(PipeReader input, CancellationToken cancel)
    {
        long seen = 0;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(cancel);
                seen = read.Buffer.Length;
                if (TryRead(read.Buffer, out var header, out var refusal))
                {
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return (header, Refusal.None);
                }
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (refusal != Refusal.None)
                    return (default, refusal);
                if (read.IsCompleted)
                    return (default, Ended(seen));
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (default, Refusal.ProxyHeaderTimeout);
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            return (default, Ended(seen));
        }
    }

    private static bool TryRead(ReadOnlySequence<byte> buffer, out ProxyProtocolHeader header, out Refusal refusal)
    {
        if (buffer.IsSingleSegment)
            return ProxyProtocolHeader.TryRead(buffer.FirstSpan, out header, out refusal);
        return ProxyProtocolHeader.TryRead(buffer.Slice(0, Math.Min(buffer.Length, ProxyProtocolHeader.MaxLength)).ToArray(), out header,
            out refusal);
    }

    // Health checks connect and close, often by a reset.
    private static Refusal Ended(long seen) => seen == 0 ? Refusal.SentNothing : Refusal.ProxyHeaderTruncated;
}
