using SaimirisGateway.Storage;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Replies.Results;

/// <summary>The replies that this process has kept.</summary>
internal sealed class KeptHistory(KeptReplies kept) : IReplyHistory
{
    public string Name => "memory";

    public Task<ReplyPage> ReadAsync(MeasurementDetail measurement, ReplyCursor behind, int limit, CancellationToken cancel)
    {
        using var reader = kept.Open(measurement.Summary.Id);
        bool isMissing = reader.MayMissBeginning(behind, measurement.Summary.StartedAt);
        var page = Shown(reader.Read(behind, limit));
        return Task.FromResult(page with { IsMissing = page.IsMissing || isMissing });
    }

    public ReplyPage Shown(KeptPage page)
    {
        var messages = new MessageReader();
        return new ReplyPage([.. page.Replies.Select(reply => ReplyJson.Of(reply, kept.EpochNs, messages))], page.HasMore, page.IsMissing);
    }
}
