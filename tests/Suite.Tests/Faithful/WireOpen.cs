using System.Buffers.Binary;

namespace Suite.Tests.Faithful;

/// <summary>The capabilities of one OPEN (RFC 4271 4.2, RFC 5492, RFC 9072) that change how NLRI is read.</summary>
internal sealed class WireOpen
{
    private const int Receives = 1, Sends = 2;
    private const byte Capabilities = 2, MultipleLabels = 8, AddPath = 69;

    private readonly Dictionary<(int Afi, int Safi), int> _addPath = [];
    private readonly HashSet<(int Afi, int Safi)> _labelStacks = [];

    private WireOpen()
    {
    }

    /// <summary>Two OPENs, one after the other. False where they cannot be read: nothing is known to be negotiated.</summary>
    public static bool TryReadTwo(ReadOnlySpan<byte> bytes, out WireOpen sent, out WireOpen received)
    {
        received = new WireOpen();
        return TryRead(ref bytes, out sent) && TryRead(ref bytes, out received);
    }

    /// <summary>RFC 7911 4: Send/Receive of the ADD-PATH capability.</summary>
    public bool CanReceivePathIds(int afi, int safi) => (_addPath.GetValueOrDefault((afi, safi)) & Receives) != 0;

    public bool CanSendPathIds(int afi, int safi) => (_addPath.GetValueOrDefault((afi, safi)) & Sends) != 0;

    /// <summary>RFC 8277 2.1: a Count of more than one label.</summary>
    public bool HasLabelStacks(int afi, int safi) => _labelStacks.Contains((afi, safi));

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, out WireOpen open)
    {
        open = new WireOpen();
        const int fixedPart = 29;
        if (bytes.Length < fixedPart || bytes[18] != 1)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[16..]);
        if (length < fixedPart || length > bytes.Length)
            return false;
        var parameters = bytes[fixedPart..length];
        bytes = bytes[length..];
        // RFC 9072 2: parameter type 255 first, then a length of two bytes; parameter lengths have two bytes too.
        bool isExtended = parameters.Length >= 3 && parameters[0] == 255;
        if (isExtended)
            parameters = parameters[3..];
        int header = isExtended ? 3 : 2;
        while (parameters.Length >= header)
        {
            int size = isExtended ? BinaryPrimitives.ReadUInt16BigEndian(parameters[1..]) : parameters[1];
            if (parameters.Length < header + size)
                break;
            if (parameters[0] == Capabilities)
                open.TakeCapabilities(parameters.Slice(header, size));
            parameters = parameters[(header + size)..];
        }
        return true;
    }

    private void TakeCapabilities(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 2 && bytes.Length >= 2 + bytes[1]; bytes = bytes[(2 + bytes[1])..])
        {
            if (bytes[0] is not (AddPath or MultipleLabels))
                continue;
            // Both have AFI (2), SAFI (1) and a number (1), repeated.
            for (var each = bytes.Slice(2, bytes[1]); each.Length >= 4; each = each[4..])
            {
                var family = ((int)BinaryPrimitives.ReadUInt16BigEndian(each), (int)each[2]);
                if (bytes[0] == AddPath)
                    _addPath[family] = each[3];
                else if (each[3] > 1)
                    _labelStacks.Add(family);
            }
        }
    }
}
