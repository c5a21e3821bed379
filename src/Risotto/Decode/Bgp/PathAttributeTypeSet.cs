using System.Runtime.CompilerServices;

namespace Risotto.Decode.Bgp;

/// <summary>Attribute types met so far, any of the 256.</summary>
internal struct PathAttributeTypeSet
{
    private Bits _bits;

    /// <summary>False when the type is in the set already.</summary>
    public bool Add(int type)
    {
        ref ulong bits = ref _bits[type >> 6];
        ulong bit = 1ul << (type & 63);
        bool isNew = (bits & bit) == 0;
        bits |= bit;
        return isNew;
    }

    [InlineArray(4)]
    private struct Bits
    {
        private ulong _first;
    }
}
