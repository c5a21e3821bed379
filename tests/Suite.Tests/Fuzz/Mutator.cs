using System.Buffers.Binary;

namespace Suite.Tests.Fuzz;

/// <summary>Changes bytes at random, by a seed, with the edits that break parsers of any format.</summary>
internal sealed class Mutator
{
    public const int MaxLength = 1 << 20;

    private static ReadOnlySpan<byte> Interesting => [0, 1, 2, 3, 4, 6, 8, 16, 24, 31, 32, 33, 48, 64, 65, 127, 128, 129, 254, 255];

    private byte[] _bytes = new byte[4096];

    public SeededRandom Random;

    public int Length { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Start(ulong seed)
    {
        Random = new SeededRandom(seed);
        Length = 0;
    }

    public void Append(ReadOnlySpan<byte> bytes) => Insert(Length, bytes);

    /// <summary>Makes one to four edits anywhere; <paramref name="donor"/> gives the bytes of a splice.</summary>
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
                    SetByte(0, Length);
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

    public void FlipBit(int start, int length) => _bytes[start + Random.Below(length)] ^= (byte)(1 << Random.Below(8));

    public void SetByte(int start, int length) =>
        _bytes[start + Random.Below(length)] = Random.OneIn(3) ? (byte)Random.Next() : Interesting[Random.Below(Interesting.Length)];

    /// <summary>
    /// Changes a length or count of <paramref name="width"/> bytes at <paramref name="at"/>: a little, to an extreme, or to anything.
    /// </summary>
    public void EditNumber(int at, int width, bool littleEndian)
    {
        if (at + width > Length)
            return;
        var field = Bytes.Slice(at, width);
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
        Bytes[(at + count)..].CopyTo(_bytes.AsSpan(at));
        Length -= count;
    }

    /// <summary>Returns how many bytes were put in.</summary>
    public int InsertNoise(int at)
    {
        Span<byte> noise = stackalloc byte[1 + Random.Below(Random.OneIn(4) ? 64 : 8)];
        for (int i = 0; i < noise.Length; i++)
            noise[i] = Random.OneIn(2) ? (byte)Random.Next() : Interesting[Random.Below(Interesting.Length)];
        return Insert(at, noise);
    }

    /// <summary>Repeats up to 64 bytes of a range after it; returns their number.</summary>
    public int Duplicate(int start, int length)
    {
        int from = Random.Below(length);
        Span<byte> copy = stackalloc byte[Math.Min(1 + Random.Below(64), length - from)];
        Bytes.Slice(start + from, copy.Length).CopyTo(copy);
        return Insert(start + from + copy.Length, copy);
    }

    /// <summary>Replaces the end with bytes of another input.</summary>
    public void Splice(ReadOnlySpan<byte> donor)
    {
        Length = Random.Below(Length + 1);
        Append(donor[Random.Below(donor.Length + 1)..]);
    }

    public int Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxLength - Length)];
        int length = Length + bytes.Length;
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        _bytes.AsSpan(at, Length - at).CopyTo(_bytes.AsSpan(at + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(at));
        Length = length;
        return bytes.Length;
    }

    public void WriteUInt16(int at, int value) => BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(at), (ushort)value);

    public void WriteUInt32(int at, int value) => BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(at), (uint)value);
}
