using SaimirisGateway.Storage;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>Reads the replies that are in this process's memory.</summary>
internal sealed class MemoryHistory(ReplyMemory memory) : IReplyHistory
{
    public string Name => "memory";

    public Task<ReplyPage> ReadAsync(MeasurementDetail measurement, ReplyCursor cursor, int limit, CancellationToken cancel)
    {
        using var reader = memory.Open(measurement.Summary.Id);
        bool isMissing = reader.MayMissBeginning(cursor, measurement.Summary.StartedAt);
        var page = ToJson(reader.Read(cursor, limit));
        return Task.FromResult(page with { IsMissing = page.IsMissing || isMissing });
    }

    public ReplyPage ToJson(MemoryPage page)
    {
        var messages = new MessageReader();
        return new ReplyPage(
            [.. page.Replies.Select(reply => ReplyJson.FromMessage(reply, memory.EpochNs, messages))], page.HasMore, page.IsMissing);
    }
}
