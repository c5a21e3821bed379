using System.Buffers.Binary;
using System.IO.Hashing;

namespace Risotto.State;

/// <summary>
/// How a state file and a journal begin: mark (8), version (4), zero (4), number (8), seed of all hashes (8), when it was written in
/// nanoseconds since 1970 UTC (8), XxHash3 of what is before (8). Little-endian.
/// </summary>
internal readonly record struct StateHeader(bool IsJournal, ulong Number, ulong Seed, ulong WrittenNs)
{
    public const int Length = 48;

    /// <summary>Goes up with every change of the format.</summary>
    private const uint Version = 1;

    private static ReadOnlySpan<byte> StateMark => "RISOTTO\x1A"u8;

    private static ReadOnlySpan<byte> JournalMark => "RISOJRN\x1A"u8;

    /// <summary>Of the checksums of the file's blocks.</summary>
    public ulong BlockSeed(long block) => Number * 0x9E3779B97F4A7C15 ^ (ulong)block;

    public void Write(Span<byte> octets)
    {
        (IsJournal ? JournalMark : StateMark).CopyTo(octets);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[16..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[24..], Seed);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[32..], WrittenNs);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[40..], XxHash3.HashToUInt64(octets[..40]));
    }

    /// <summary>Null where the file is one of this version; else one phrase that says what it is.</summary>
    public static string? TryRead(ReadOnlySpan<byte> octets, bool isJournal, out StateHeader header)
    {
        header = default;
        if (octets.Length < Length || !octets.StartsWith(isJournal ? JournalMark : StateMark))
            return "it does not begin as a state file of this service does";
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]);
        if (version != Version)
            return $"it is of version {version}, and this is for version {Version}";
        if (BinaryPrimitives.ReadUInt64LittleEndian(octets[40..]) != XxHash3.HashToUInt64(octets[..40]))
            return "its header is damaged";
        header = new StateHeader(
            isJournal, BinaryPrimitives.ReadUInt64LittleEndian(octets[16..]), BinaryPrimitives.ReadUInt64LittleEndian(octets[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[32..]));
        return null;
    }
}
