using System.Net.Sockets;

namespace Risotto.Tests.Listen;

/// <summary>Sends in small pieces, something happening behind each.</summary>
internal sealed class PiecewiseStream(Socket socket, int pieceBytes, Action behind) : NetworkStream(socket)
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Socket.NoDelay = true;
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(pieceBytes, buffer.Length)..])
        {
            await base.WriteAsync(buffer[..Math.Min(pieceBytes, buffer.Length)], cancellationToken);
            behind();
        }
    }
}
