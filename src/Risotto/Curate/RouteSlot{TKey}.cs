using System.Runtime.InteropServices;

namespace Risotto.Curate;

/// <summary>
/// A slot of a <see cref="PrefixTable{TKey}"/>, in memory and in state files. Without padding: the word need not be aligned.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RouteSlot<TKey>
    where TKey : unmanaged
{
    public TKey Key;

    /// <summary>See <see cref="RouteWord"/>; 0: the slot is empty.</summary>
    public ulong Word;
}
