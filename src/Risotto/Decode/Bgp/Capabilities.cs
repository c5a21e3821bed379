using Shared.Records.Wire;

namespace Risotto.Decode.Bgp;

/// <summary>Capability codes (IANA) that change how the peer's messages are read.</summary>
internal enum CapabilityCode : byte
{
    MultipleLabels = 8,      // RFC 8277 2.1
    FourOctetAs = 65,        // RFC 6793 3
    AddPath = 69,            // RFC 7911 4
}

/// <summary>One capability, RFC 5492 4: Code (1), Length (1), Value.</summary>
internal readonly ref struct Capability(byte code, ReadOnlySpan<byte> value)
{
    public CapabilityCode Code { get; } = (CapabilityCode)code;

    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>Walks the capabilities of all capability parameters of an OPEN; ends at the first that is cut off.</summary>
internal ref struct CapabilityEnumerator(ReadOnlySpan<byte> parameters, bool hasExtendedLengths)
{
    private const byte CapabilitiesParameter = 2;

    private WireReader _parameters = new(parameters);
    private WireReader _capabilities;
    private ReadOnlySpan<byte> _value;
    private byte _code;

    public readonly Capability Current => new(_code, _value);

    public readonly CapabilityEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (true)
        {
            if (_capabilities.TryReadByte(out _code) && _capabilities.TryReadByte(out byte length)
                && _capabilities.TryReadBytes(length, out _value))
                return true;
            if (!TryNextParameter(out byte type, out _capabilities))
                return false;
            if (type != CapabilitiesParameter)
                _capabilities = default;
        }
    }

    private bool TryNextParameter(out byte type, out WireReader value)
    {
        value = default;
        if (!_parameters.TryReadByte(out type))
            return false;
        if (hasExtendedLengths)
            return _parameters.TryReadUInt16(out ushort wide) && _parameters.TryTake(wide, out value);
        return _parameters.TryReadByte(out byte narrow) && _parameters.TryTake(narrow, out value);
    }
}
