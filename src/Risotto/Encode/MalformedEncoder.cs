using Risotto.Decode.Bmp;
using Risotto.Frame;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>Writes <c>MalformedMessage</c> records (schemas/malformed.capnp).</summary>
internal static class MalformedEncoder
{
    /// <summary>The bytes of the message that a record keeps at most: Route Monitoring of the longest BGP message (RFC 8654).</summary>
    public const int MaxMessageBytes = PerPeerHeader.End + 65_535;

    private const int DataWords = 4, PointerWords = 4;

    private const int TimeReceivedNs = 0, RouterPort = 8, Action = 10, Offset = 12, CollectorEpochNs = 16, Sequence = 24;

    private const int RouterAddr = 0, CollectorId = 1, Error = 2, Message = 3;

    public static int Encode(Span<byte> space, RecordOrigin origin, BmpError error, ReadOnlySpan<byte> message, in RecordOrder order)
    {
        var writer = MessageWriter.Begin(space, DataWords, PointerWords);
        writer.UInt64(TimeReceivedNs, order.ReceivedNs);
        writer.UInt16(RouterPort, origin.RouterPort);
        writer.UInt8(Action, (byte)error.Code.Action());
        writer.UInt32(Offset, (uint)error.Offset);
        writer.UInt64(CollectorEpochNs, origin.CollectorEpochNs);
        writer.UInt64(Sequence, order.Sequence);
        writer.Data(RouterAddr, origin.RouterAddr);
        writer.Text(CollectorId, origin.CollectorId);
        writer.Text(Error, error.Code.Reason());
        writer.Data(Message, message[..Math.Min(message.Length, MaxMessageBytes)]);
        return writer.Finish();
    }
}
