using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Information TLVs, RFC 7854 4.4 (and of Termination, 4.5): Type (2), Length (2), value. In Initiation and Peer Up: 0 string,
/// 1 sysDescr, 2 sysName, 3 VRF/Table Name (RFC 9069 4.4), 4 Admin Label; in Termination: 0 string, 1 reason.
/// </summary>
internal ref struct InformationTlv(ReadOnlySpan<byte> bytes)
{
    /// <summary>Reason of a Termination: permanently administratively closed.</summary>
    public const ushort PermanentlyClosed = 4;

    private const ushort ReasonType = 1, SysNameType = 2;

    private WireReader _rest = new(bytes);

    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        if (!_rest.TryReadUInt16(out ushort type) || !_rest.TryReadUInt16(out ushort length) || !_rest.TryReadBytes(length, out var value))
            return false;
        Type = type;
        Value = value;
        return true;
    }

    /// <summary>The first reason of a Termination that can be read; null: there is none.</summary>
    public static ushort? TerminationReason(ReadOnlySpan<byte> body)
    {
        var tlv = new InformationTlv(body);
        while (tlv.MoveNext())
        {
            if (tlv.Type == ReasonType && new WireReader(tlv.Value).TryReadUInt16(out ushort reason))
                return reason;
        }
        return null;
    }

    /// <summary>The first sysName of an Initiation, as it came; empty: there is none.</summary>
    public static ReadOnlySpan<byte> SysName(ReadOnlySpan<byte> body)
    {
        var tlv = new InformationTlv(body);
        while (tlv.MoveNext())
        {
            if (tlv.Type == SysNameType)
                return tlv.Value;
        }
        return default;
    }

    /// <summary>Whether the TLVs end where the message ends.</summary>
    public static bool TryCheck(WireReader reader, out BmpError error)
    {
        error = default;
        while (!reader.IsEmpty)
        {
            int start = reader.Offset;
            if (!reader.TrySkip(2) || !reader.TryReadUInt16(out ushort length) || !reader.TrySkip(length))
            {
                error = new BmpError(BmpErrorCode.InformationTlvTruncated, start);
                return false;
            }
        }
        return true;
    }
}
