using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Listen;

/// <summary>Octets of a body that only become known as it comes: they are awaited.</summary>
internal abstract class ExpandedBody : ForwardStream
{
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
