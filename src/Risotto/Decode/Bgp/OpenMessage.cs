using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>
/// OPEN, RFC 4271 4.2, after the message header: Version (1), My Autonomous System (2), Hold Time (2), BGP Identifier (4),
/// Opt Parm Len (1), Optional Parameters of type (1), length (1), value; RFC 9072's extended form has 2-byte lengths after
/// a length that is ignored and the type 255. Capabilities (parameter type 2, RFC 5492) are read by <see cref="CapabilityEnumerator"/>.
/// </summary>
internal readonly ref struct OpenMessage
{
    private const byte ExtendedType = 255;

    private OpenMessage(ushort myAs, ushort holdTime, uint bgpId, ReadOnlySpan<byte> parameters, bool hasExtendedLengths)
    {
        MyAs = myAs;
        HoldTime = holdTime;
        BgpId = bgpId;
        Parameters = parameters;
        HasExtendedLengths = hasExtendedLengths;
    }

    /// <summary>The 2-byte field; AS_TRANS where the number needs 4 bytes (see <see cref="As"/>).</summary>
    public ushort MyAs { get; }

    /// <summary>Seconds.</summary>
    public ushort HoldTime { get; }

    public uint BgpId { get; }

    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>RFC 9072: parameter lengths have 2 bytes.</summary>
    public bool HasExtendedLengths { get; }

    public CapabilityEnumerator Capabilities => new(Parameters, HasExtendedLengths);

    /// <summary>The AS number, that of the 4-octet AS number capability (RFC 6793 3) where there is one.</summary>
    public uint As
    {
        get
        {
            foreach (var capability in Capabilities)
            {
                if (capability.Code == CapabilityCode.FourOctetAs && new WireReader(capability.Value).TryReadUInt32(out uint number))
                    return number;
            }
            return MyAs;
        }
    }

    /// <summary>Reads a whole BGP OPEN. Capabilities are not checked here: an unreadable one ends their enumeration.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, int offset, out OpenMessage open, out BmpError error)
    {
        open = default;
        error = default;
        var reader = new WireReader(message[BgpMessageHeader.Length..], offset + BgpMessageHeader.Length);
        if (!reader.TryReadByte(out _) || !reader.TryReadUInt16(out ushort myAs) || !reader.TryReadUInt16(out ushort holdTime)
            || !reader.TryReadUInt32(out uint bgpId) || !reader.TryReadByte(out byte length))
        {
            error = new BmpError(BmpErrorCode.OpenInvalid, reader.Offset);
            return false;
        }
        // RFC 9072 3: the type marks the extended form, whatever the length before it says.
        bool extended = length != 0 && !reader.IsEmpty && reader.Rest[0] == ExtendedType;
        int parametersLength = length;
        if (extended)
        {
            if (!reader.TrySkip(1) || !reader.TryReadUInt16(out ushort extendedLength))
            {
                error = new BmpError(BmpErrorCode.OpenInvalid, reader.Offset);
                return false;
            }
            parametersLength = extendedLength;
        }
        if (!reader.TryReadBytes(parametersLength, out var parameters))
        {
            error = new BmpError(BmpErrorCode.OpenInvalid, reader.Offset);
            return false;
        }
        open = new OpenMessage(myAs, holdTime, bgpId, parameters, extended);
        return true;
    }
}
