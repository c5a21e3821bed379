using System.Text;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Encode;
using Shared.Records;
using Suite.Tests.Fuzz;

namespace SaimirisGateway.Tests.Replies.Encode;

public sealed class ReplyEncoderTests
{
    // A collection drops the caches of reflection: code that uses it for each message allocates again after one.
    [Fact]
    public void A_reply_with_labels_and_a_measurement_allocates_nothing_after_a_garbage_collection_either()
    {
        var encoder = new ReplyEncoder("ams-1"u8, new CollectorIdentity("test", 1));
        var reply = new Reply { LabelCount = 3, MeasurementId = Encoding.UTF8.GetBytes(Guid.Empty.ToString()) };
        byte[] space = new byte[encoder.MaxSize];
        AllocationTries.AssertWithin(0, () =>
        {
            GC.Collect();
            encoder.Write(space, reply, 1, 1);
        });
    }
}
