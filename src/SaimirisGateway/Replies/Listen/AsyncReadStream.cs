using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Listen;

/// <summary>A stream that can only be read asynchronously, forward.</summary>
internal abstract class AsyncReadStream : ForwardStream
{
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
