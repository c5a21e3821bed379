using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shared.Records.Native;

/// <summary>
/// Elements outside the managed heap, in <see cref="NativeHeap"/>: the garbage collector neither moves them nor counts them. The code that
/// allocates them frees them, once, and uses no copy of this value after that. The default value has no elements.
/// </summary>
public readonly unsafe struct NativeArray<T>
    where T : unmanaged
{
    private readonly T* _first;
    private readonly uint _length;

    /// <summary>Allocates elements that are all zero.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public NativeArray(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _first = (T*)NativeHeap.Allocate((nuint)length * (nuint)sizeof(T));
        _length = (uint)length;
    }

    public int Length => (int)_length;

    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public ref T this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _length);
            return ref _first[index];
        }
    }

    public Span<T> AsSpan() => new(_first, (int)_length);

    /// <summary>
    /// Asks the processor to load the element into its cache, because it will be read soon. Does nothing when there is no such element,
    /// or when the processor has no such hint.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint index)
    {
        if (Sse.IsSupported && index < _length)
            Sse.Prefetch0(_first + index);
    }

    /// <summary>Gives the memory back.</summary>
    public void Free()
    {
        if (_length > 0)
            NativeHeap.Free(_first, (nuint)_length * (nuint)sizeof(T));
    }
}
