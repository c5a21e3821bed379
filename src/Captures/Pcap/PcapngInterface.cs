using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>
/// Holds link type, snap length, and the unit and offset of time for the packets of an interface (Interface Description Block).
/// </summary>
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

    /// <summary>
    /// Reads the options: code(2) length(2) value, padded to 4 bytes. An option that does not fit ends the list. The default is
    /// microseconds from 1970.
    /// </summary>
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
            {
                result._offsetSeconds = bigEndian
                    ? BinaryPrimitives.ReadInt64BigEndian(options)
                    : BinaryPrimitives.ReadInt64LittleEndian(options);
            }
            options = options[Math.Min((length + 3) & ~3, options.Length)..];
        }
        return result;
    }

    /// <summary>The captured bytes of a Simple Packet Block's packet. The snap length 0 means all.</summary>
    public uint Captured(uint original) => _snapLength == 0 ? original : Math.Min(original, _snapLength);

    /// <summary>if_tsresol is a negative power of ten, or of two if the highest bit is set.</summary>
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
        // A time that is too large wraps. It is only printed or waited for, and both accept any time.
        return unchecked((ulong)ns + (ulong)_offsetSeconds * 1_000_000_000);
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
