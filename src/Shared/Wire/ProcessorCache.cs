using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shared.Wire;

/// <summary>Hints to the processor.</summary>
public static class ProcessorCache
{
    /// <summary>The place will be read soon: it begins its way from memory. Nothing where the processor has no such hint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(ref readonly T place)
        where T : unmanaged
    {
        // A hint reads nothing: should the place move meanwhile, the wrong line is fetched.
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }
}
