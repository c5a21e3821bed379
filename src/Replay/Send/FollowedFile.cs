using Shared.Records.Wire;

namespace Replay.Send;

/// <summary>Reads a file that another program still writes. At its end a read waits for more until the token is cancelled.</summary>
internal sealed class FollowedFile(FileStream file, CancellationToken end) : ForwardStream
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public override int Read(Span<byte> buffer)
    {
        int count;
        while ((count = file.Read(buffer)) == 0 && !end.WaitHandle.WaitOne(PollInterval))
        {
        }
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
