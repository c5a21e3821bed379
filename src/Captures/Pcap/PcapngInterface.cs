using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>What an Interface Description Block says of the packets that name it: link type, snap length, unit and offset of time.</summary>
internal sealed class PcapngInterface
{
    private const ushort EndOfOptions = 0;
    private const ushort IfTsResol = 9;
    private const ushort IfTsOffset = 14;
    private const byte PowerOfTwo = 0x80;

    private uint _snapLength;
    private byte _resolution = 6;
    private long _offsetSeconds;

    public LinkType LinkType { get; private init; }

    /// <summary>Options: code(2) length(2) value, padded to four octets. What does not fit ends the list; the defaults are microseconds from 1970.</summary>
    public static PcapngInterface Read(LinkType linkType, uint snapLength, ReadOnlySpan<byte> options, bool bigEndian)
    {
        var result = new PcapngInterface { LinkType = linkType, _snapLength = snapLength };
        while (options.Length >= 4)
        {
            ushort code = UInt16(options, bigEndian);
            int length = UInt16(options[2..], bigEndian);
            options = options[4..];
            if (code == EndOfOptions || length > options.Length)
                break;
            if (code == IfTsResol && length == 1)
                result._resolution = options[0];
            else if (code == IfTsOffset && length == 8)
                result._offsetSeconds = bigEndian ? BinaryPrimitives.ReadInt64BigEndian(options) : BinaryPrimitives.ReadInt64LittleEndian(options);
            options = options[Math.Min((length + 3) & ~3, options.Length)..];
        }
        return result;
    }

    /// <summary>How many octets of a Simple Packet Block's packet are there; 0 as snap length means all.</summary>
    public uint Captured(uint original) => _snapLength == 0 ? original : Math.Min(original, _snapLength);

    /// <summary>if_tsresol: a negative power of ten, or of two where the highest bit is set.</summary>
    public ulong ToNanoseconds(ulong ticks)
    {
        int exponent = _resolution & ~PowerOfTwo;
        UInt128 ns = ticks;
        if ((_resolution & PowerOfTwo) != 0)
            ns = ns * 1_000_000_000 >> exponent;
        else if (exponent <= 9)
            ns *= PowerOfTen(9 - exponent);
        else
            ns = exponent > 28 ? 0 : ns / PowerOfTen(exponent - 9);
        // A time that no clock shows wraps; it is only ever printed or waited for, and both stand that.
        return unchecked((ulong)ns + (ulong)_offsetSeconds * 1_000_000_000);
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }

    private static ushort UInt16(ReadOnlySpan<byte> octets, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);
}
