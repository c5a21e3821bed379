using System.Runtime.InteropServices;

namespace Risotto.Curate;

/// <summary>A place of a <see cref="RouteTable{TKey}"/>, as it also stands in state files. Without padding: the word need not be aligned.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RouteSlot<TKey>
    where TKey : unmanaged
{
    public TKey Key;

    /// <summary>See <see cref="RouteWord"/>; 0: nothing is here.</summary>
    public ulong Word;
}
