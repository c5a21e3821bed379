using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>Reads the replies of a measurement that have arrived.</summary>
internal interface IReplyHistory
{
    /// <summary>The name in the answer.</summary>
    string Name { get; }

    /// <summary>Reads the first replies after a cursor, ordered by (collectorEpochNs, sequence), then agent.</summary>
    /// <param name="limit">The maximum of replies.</param>
    /// <exception cref="HistoryException">The replies cannot be read now.</exception>
    Task<ReplyPage> ReadAsync(MeasurementDetail measurement, ReplyCursor cursor, int limit, CancellationToken cancel);
}

/// <param name="HasMore">There are more replies already.</param>
/// <param name="IsMissing">Replies between the cursor and these may be lost.</param>
internal sealed record ReplyPage(IReadOnlyList<ReplyJson> Replies, bool HasMore, bool IsMissing);

/// <summary>The replies cannot be read now.</summary>
internal sealed class HistoryException(string message, Exception? inner = null) : Exception(message, inner);
