using System.Text;
using Replay.Json;
using Risotto.Frame;
using Shared.Records.CapnProto;

namespace Replay.Explain;

/// <summary>What an explanation needs of a record of the dead-letter topic.</summary>
internal sealed record MalformedRecord(ulong TimeReceivedNs, string Reason, uint Offset, BmpErrorAction Action)
{
    private static readonly Dictionary<string, int> Offsets =
        MalformedMessageSchema.MalformedMessage.Fields.ToDictionary(f => f.Name.ToString(), f => f.Offset);

    public static MalformedRecord Read(StructReader record)
    {
        record.TryReadText(Offsets["error"], out var reason);
        return new MalformedRecord(
            record.ReadUInt64(Offsets["timeReceivedNs"]), Encoding.UTF8.GetString(reason), record.ReadUInt32(Offsets["offset"]),
            (BmpErrorAction)record.ReadByte(Offsets["action"]));
    }

    /// <summary>The error, and what it costs.</summary>
    public override string ToString() => $"{Reason} at byte {Offset}: " + Cost;

    // FRR 8.4 writes Peer Ups without a whole OPEN.
    private string Cost => Action switch
    {
        _ when Reason == BmpErrorCode.OpenInvalid.Reason() => "the peer is up, and what it negotiated is unknown",
        BmpErrorAction.None => "no cost, everything is used",
        BmpErrorAction.AttributeDiscard => "attribute discard: the part that cannot be read is left out, the rest is used",
        BmpErrorAction.SkipMessage => "message skipped: no part of it is used",
        _ => "session closed: the stream has lost its framing",
    };
}
