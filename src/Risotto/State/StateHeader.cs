using System.Buffers.Binary;
using System.IO.Hashing;

namespace Risotto.State;

/// <summary>
/// The header of a state file and of a journal: mark (8), version (4), zero (4), number (8), seed of all hashes (8), time of writing in
/// nanoseconds since 1970 UTC (8), XxHash3 of the bytes before it (8). Little-endian.
/// </summary>
internal readonly record struct StateHeader(bool IsJournal, ulong Number, ulong Seed, ulong WrittenNs)
{
    public const int Length = ChecksumOffset + 8;

    private const int VersionOffset = 8, NumberOffset = 16, SeedOffset = 24, WrittenOffset = 32, ChecksumOffset = 40;

    /// <summary>Increases with every change of the format.</summary>
    private const uint Version = 1;

    private static ReadOnlySpan<byte> StateMark => "RISOTTO\x1A"u8;

    private static ReadOnlySpan<byte> JournalMark => "RISOJRN\x1A"u8;

    /// <summary>The seed of a block's checksum: a block at another place or of another file is not valid.</summary>
    public ulong BlockSeed(long block) => Number * 0x9E3779B97F4A7C15 ^ (ulong)block;

    public void Write(Span<byte> bytes)
    {
        (IsJournal ? JournalMark : StateMark).CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[VersionOffset..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[NumberOffset..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[SeedOffset..], Seed);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[WrittenOffset..], WrittenNs);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumOffset..], XxHash3.HashToUInt64(bytes[..ChecksumOffset]));
    }

    /// <summary>Null if the file has this version; else one phrase that says what is wrong.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes, bool isJournal, out StateHeader header)
    {
        header = default;
        if (bytes.Length < Length || !bytes.StartsWith(isJournal ? JournalMark : StateMark))
            return "it does not begin as a state file of this service does";
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[VersionOffset..]);
        if (version != Version)
            return $"it has version {version}, and this program reads version {Version}";
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]) != XxHash3.HashToUInt64(bytes[..ChecksumOffset]))
            return "its header is damaged";
        header = new StateHeader(
            isJournal, BinaryPrimitives.ReadUInt64LittleEndian(bytes[NumberOffset..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[SeedOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[WrittenOffset..]));
        return null;
    }
}
