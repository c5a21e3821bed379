using SaimirisGateway.Storage;

namespace SaimirisGateway.Replies.Results;

/// <summary>Where the replies of a measurement are read from that have come already.</summary>
internal interface IReplyHistory
{
    /// <summary>As the answer calls it.</summary>
    string Name { get; }

    /// <summary>The first replies behind a cursor, ordered by (collectorEpochNs, sequence), then agent.</summary>
    /// <param name="limit">Most replies.</param>
    /// <exception cref="HistoryException">They cannot be read at the moment.</exception>
    Task<ReplyPage> ReadAsync(MeasurementDetail measurement, ReplyCursor behind, int limit, CancellationToken cancel);
}

/// <param name="HasMore">There are more already.</param>
/// <param name="IsMissing">Replies between the cursor and these may not be there any more.</param>
internal sealed record ReplyPage(IReadOnlyList<ReplyJson> Replies, bool HasMore, bool IsMissing);

/// <summary>The replies cannot be read at the moment.</summary>
internal sealed class HistoryException(string message, Exception? inner = null) : Exception(message, inner);
