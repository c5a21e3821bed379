namespace Suite.Tests.Fuzz;

/// <summary>SplitMix64. It gives the same numbers on every machine and runtime, and a new one costs nothing.</summary>
internal struct SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
        value = (value ^ value >> 27) * 0x94D049BB133111EB;
        return value ^ value >> 31;
    }

    /// <summary>Returns a number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    public bool OneIn(int odds) => Below(odds) == 0;

    /// <summary>Takes the hash of the bytes as seed.</summary>
    public static SeededRandom SeededBy(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        foreach (byte value in bytes)
            hash = (hash ^ value) * 0x100000001B3;
        return new SeededRandom(hash);
    }
}
