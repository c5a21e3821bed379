using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Shared.Delivery.Spool;

/// <summary>
/// Reads and writes one file of a queue: a header, then batches. The file is open only while it is written, read or not synced.
/// </summary>
internal sealed class SpoolSegment : IDisposable
{
    private const string Extension = ".spool";

    private readonly List<(SegmentPosition From, SegmentPosition To)> _gaps = [];
    private SafeFileHandle? _file;
    private bool _isTorn;

    public SpoolSegment(string path, long number, ulong segmentId)
    {
        Path = path;
        Number = number;
        SegmentId = segmentId;
    }

    public string Path { get; }

    public long Number { get; }

    public ulong SegmentId { get; }

    /// <summary>The end of the last whole batch.</summary>
    public SegmentPosition End { get; set; } = SegmentPosition.Start;

    /// <summary>The next batch goes to this segment.</summary>
    public bool IsTail { get; set; }

    public SafeFileHandle File =>
        _file ??= System.IO.File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static string NameOf(long number) => number.ToString("D16", CultureInfo.InvariantCulture) + Extension;

    public static bool TryNumberOf(string path, out long number)
    {
        string name = System.IO.Path.GetFileName(path);
        number = 0;
        return name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && name == NameOf(number);
    }

    /// <exception cref="IOException">The disk is full, or the like. The new file is deleted if possible.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static SpoolSegment Create(string folder, long number)
    {
        string path = System.IO.Path.Combine(folder, NameOf(number));
        var file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        var segment = new SpoolSegment(path, number, BitConverter.ToUInt64(bytes)) { _file = file };
        try
        {
            Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
            SegmentHeader.Write(header, segment.SegmentId);
            RandomAccess.Write(file, header, 0);
            return segment;
        }
        catch (IOException)
        {
            segment.Dispose();
            System.IO.File.Delete(path);
            throw;
        }
    }

    /// <summary>Appends the whole batch or nothing.</summary>
    /// <exception cref="IOException">The disk is full, or the like. The earlier batches remain.</exception>
    public RecordHeader Append(ReadOnlySpan<byte> value, int records, DateTimeOffset now)
    {
        var header = new RecordHeader
        {
            PayloadBytes = value.Length,
            Records = records,
            BatchesBefore = End.Batches,
            RecordsBefore = End.Records,
            AppendedAt = now,
            PayloadHash = XxHash3.HashToUInt64(value),
        };
        Span<byte> bytes = stackalloc byte[RecordHeader.Bytes];
        header.Write(bytes, SegmentId, End.Offset);
        if (_isTorn)
            Cut();
        _isTorn = true;
        try
        {
            RandomAccess.Write(File, bytes, End.Offset);
            RandomAccess.Write(File, value, End.Offset + bytes.Length);
        }
        catch (IOException)
        {
            TryCut();
            throw;
        }
        _isTorn = false;
        End = End.After(header);
        return header;
    }

    /// <summary>Reads a payload. False: it is damaged.</summary>
    public bool TryReadPayload(long offset, in RecordHeader header, Span<byte> payload) =>
        SegmentScan.Read(File, payload, offset + RecordHeader.Bytes) == payload.Length
        && XxHash3.HashToUInt64(payload) == header.PayloadHash;

    /// <summary>
    /// Adds a part that the reader skips: damage that was reported, or an acknowledged batch. Call it in the file's order.
    /// </summary>
    public void AddGap(SegmentPosition from, SegmentPosition to) => _gaps.Add((from, to));

    public bool IsGap(SegmentPosition from, out SegmentPosition to)
    {
        foreach (var gap in _gaps)
        {
            if (gap.From == from)
            {
                to = gap.To;
                return true;
            }
        }
        to = from;
        return false;
    }

    /// <summary>Returns the place where the next gap begins, or the segment ends.</summary>
    public SegmentPosition NextGap(SegmentPosition position)
    {
        foreach (var gap in _gaps)
        {
            if (gap.From.Offset > position.Offset)
                return gap.From;
        }
        return End;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Cut()
    {
        RandomAccess.SetLength(File, End.Offset);
        _isTorn = false;
    }

    private void TryCut()
    {
        try
        {
            Cut();
        }
        catch (IOException)
        {
            // The next append tries again; after a crash, recovery does.
        }
    }
}
