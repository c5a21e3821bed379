using System.Buffers.Binary;

namespace Suite.Tests.Fuzz;

/// <summary>Octets that are changed at random, by a seed: the edits that break parsers, for any format.</summary>
internal sealed class Mutator
{
    public const int MaxLength = 1 << 20;

    private static ReadOnlySpan<byte> Interesting => [0, 1, 2, 3, 4, 6, 8, 16, 24, 31, 32, 33, 48, 64, 65, 127, 128, 129, 254, 255];

    private byte[] _octets = new byte[4096];

    public SeededRandom Random;

    public int Length { get; private set; }

    public Span<byte> Octets => _octets.AsSpan(0, Length);

    public void Start(ulong seed)
    {
        Random = new SeededRandom(seed);
        Length = 0;
    }

    public void Append(ReadOnlySpan<byte> octets) => Insert(Length, octets);

    /// <summary>One to four edits anywhere; <paramref name="donor"/> gives the octets of a splice.</summary>
    public void MutateAnywhere(ReadOnlySpan<byte> donor)
    {
        for (int edits = 1 + Random.Below(4); edits > 0 && Length > 0; edits--)
        {
            switch (Random.Below(8))
            {
                case 0 or 1:
                    FlipBit(0, Length);
                    break;
                case 2:
                    SetOctet(0, Length);
                    break;
                case 3:
                    EditNumber(Random.Below(Length), 1 << Random.Below(3), littleEndian: Random.OneIn(2));
                    break;
                case 4:
                    Remove(Random.Below(Length), 1 + Random.Below(Random.OneIn(4) ? 64 : 8));
                    break;
                case 5:
                    InsertNoise(Random.Below(Length + 1));
                    break;
                case 6:
                    Duplicate(0, Length);
                    break;
                default:
                    Splice(donor);
                    break;
            }
        }
        if (Random.OneIn(8))
            Length = Random.Below(Length + 1);
    }

    public void FlipBit(int start, int length) => _octets[start + Random.Below(length)] ^= (byte)(1 << Random.Below(8));

    public void SetOctet(int start, int length) =>
        _octets[start + Random.Below(length)] = Random.OneIn(3) ? (byte)Random.Next() : Interesting[Random.Below(Interesting.Length)];

    /// <summary>
    /// A length or count of <paramref name="width"/> octets at <paramref name="at"/>: a little off, an extreme, or anything.
    /// </summary>
    public void EditNumber(int at, int width, bool littleEndian)
    {
        if (at + width > Length)
            return;
        var field = Octets.Slice(at, width);
        ulong value = 0;
        for (int i = 0; i < width; i++)
            value = value << 8 | field[littleEndian ? width - 1 - i : i];
        value = Random.Below(6) switch
        {
            0 => 0,
            1 => ulong.MaxValue >> Random.Below(2),
            2 => value + 1 + (ulong)Random.Below(4),
            3 => value - 1 - (ulong)Random.Below(4),
            4 => Interesting[Random.Below(Interesting.Length)],
            _ => Random.Next(),
        };
        for (int i = 0; i < width; i++, value >>= 8)
            field[littleEndian ? i : width - 1 - i] = (byte)value;
    }

    public void Truncate(int length) => Length = Math.Min(Length, length);

    public void Remove(int at, int count)
    {
        count = Math.Min(count, Length - at);
        Octets[(at + count)..].CopyTo(_octets.AsSpan(at));
        Length -= count;
    }

    /// <summary>Returns how many octets were put in.</summary>
    public int InsertNoise(int at)
    {
        Span<byte> noise = stackalloc byte[1 + Random.Below(Random.OneIn(4) ? 64 : 8)];
        for (int i = 0; i < noise.Length; i++)
            noise[i] = Random.OneIn(2) ? (byte)Random.Next() : Interesting[Random.Below(Interesting.Length)];
        return Insert(at, noise);
    }

    /// <summary>Repeats up to 64 octets of a range behind themselves; returns how many.</summary>
    public int Duplicate(int start, int length)
    {
        int from = Random.Below(length);
        Span<byte> copy = stackalloc byte[Math.Min(1 + Random.Below(64), length - from)];
        Octets.Slice(start + from, copy.Length).CopyTo(copy);
        return Insert(start + from + copy.Length, copy);
    }

    /// <summary>Goes on with another input's octets from some place.</summary>
    public void Splice(ReadOnlySpan<byte> donor)
    {
        Length = Random.Below(Length + 1);
        Append(donor[Random.Below(donor.Length + 1)..]);
    }

    public int Insert(int at, ReadOnlySpan<byte> octets)
    {
        octets = octets[..Math.Min(octets.Length, MaxLength - Length)];
        int length = Length + octets.Length;
        if (length > _octets.Length)
            Array.Resize(ref _octets, Math.Max(length, 2 * _octets.Length));
        _octets.AsSpan(at, Length - at).CopyTo(_octets.AsSpan(at + octets.Length));
        octets.CopyTo(_octets.AsSpan(at));
        Length = length;
        return octets.Length;
    }

    public void WriteUInt16(int at, int value) => BinaryPrimitives.WriteUInt16BigEndian(_octets.AsSpan(at), (ushort)value);

    public void WriteUInt32(int at, int value) => BinaryPrimitives.WriteUInt32BigEndian(_octets.AsSpan(at), (uint)value);
}
