using System.Runtime.CompilerServices;

namespace Risotto.Decode.Bgp;

/// <summary>The attribute types met so far, of all 256.</summary>
internal struct PathAttributeTypeSet
{
    private TypeBits _bits;

    /// <summary>False when the set has the type already.</summary>
    public bool Add(int type)
    {
        ref ulong bits = ref _bits[type >> 6];
        ulong bit = 1ul << (type & 63);
        bool isNew = (bits & bit) == 0;
        bits |= bit;
        return isNew;
    }

    [InlineArray(4)]
    private struct TypeBits
    {
        private ulong _first;
    }
}
