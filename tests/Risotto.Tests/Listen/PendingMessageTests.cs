using Risotto.Listen;
using Suite.Tests.Fuzz;

namespace Risotto.Tests.Listen;

public sealed class PendingMessageTests
{
    [Fact]
    public void Memory_grows_by_what_arrives_and_not_by_what_is_claimed() => AllocationTries.AssertWithin(256 << 10, () =>
    {
        using var pending = new PendingMessage();
        pending.Append([3, 0, 0x0F, 0xFF, 0xFF, 0]);
        for (int i = 0; i < 100; i++)
            Assert.Equal(1, pending.Fill([0]));
        Assert.Equal(106, pending.Bytes.Length);
    });

    [Fact]
    public void It_takes_the_rest_of_its_message_and_no_more()
    {
        using var pending = new PendingMessage();
        pending.Append([3, 0]);
        Assert.Equal(4, pending.Fill([0, 0, 9, 4, 1, 2, 3, 3, 0]));
        Assert.Equal(3, pending.Fill([1, 2, 3, 3, 0]));
        Assert.Equal([3, 0, 0, 0, 9, 4, 1, 2, 3], pending.Bytes.ToArray());
        pending.Clear();
        Assert.True(pending.IsEmpty);
    }
}
