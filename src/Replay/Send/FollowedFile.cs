using Shared.Records.Wire;

namespace Replay.Send;

/// <summary>A file that somebody else still writes: at its end a read waits for more. Its end comes with the token.</summary>
internal sealed class FollowedFile(FileStream file, CancellationToken end) : ForwardStream
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    public override int Read(Span<byte> buffer)
    {
        int count;
        while ((count = file.Read(buffer)) == 0 && !end.WaitHandle.WaitOne(LookAgain))
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
