using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Shared.Delivery.Spool;

/// <summary>One file of a queue: a header, then batches one behind the other. It is open only while it is written, read or not synced yet.</summary>
internal sealed class SpoolSegment : IDisposable
{
    private const string Extension = ".spool";

    private readonly List<(SegmentPlace From, SegmentPlace To)> _gaps = [];
    private SafeFileHandle? _file;
    private bool _isTorn;

    public SpoolSegment(string path, long number, ulong mark)
    {
        Path = path;
        Number = number;
        Mark = mark;
    }

    public string Path { get; }

    public long Number { get; }

    public ulong Mark { get; }

    /// <summary>Behind the last whole batch.</summary>
    public SegmentPlace End { get; set; } = SegmentPlace.Start;

    /// <summary>The next batch may be appended to it.</summary>
    public bool IsTail { get; set; }

    public SafeFileHandle File => _file ??= System.IO.File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static string NameOf(long number) => number.ToString("D16", CultureInfo.InvariantCulture) + Extension;

    public static bool TryNumberOf(string path, out long number)
    {
        string name = System.IO.Path.GetFileName(path);
        number = 0;
        return name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && name == NameOf(number);
    }

    /// <exception cref="IOException">The disk is full, or the like; no file is left behind if that can be had.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static SpoolSegment Create(string folder, long number)
    {
        string path = System.IO.Path.Combine(folder, NameOf(number));
        var file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        Span<byte> octets = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(octets);
        var segment = new SpoolSegment(path, number, BitConverter.ToUInt64(octets)) { _file = file };
        try
        {
            Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
            SegmentHeader.Write(header, segment.Mark);
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

    /// <summary>Adds the batch, whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full, or the like; what was written before stands.</exception>
    public RecordHeader Append(ReadOnlySpan<byte> value, int records, DateTimeOffset now)
    {
        var header = new RecordHeader
        {
            PayloadBytes = value.Length,
            Records = records,
            BatchesBefore = End.Batches,
            RecordsBefore = End.Records,
            AppendedAt = now,
            PayloadCheck = XxHash3.HashToUInt64(value),
        };
        Span<byte> octets = stackalloc byte[RecordHeader.Bytes];
        header.Write(octets, Mark, End.Offset);
        if (_isTorn)
            Cut();
        _isTorn = true;
        try
        {
            RandomAccess.Write(File, octets, End.Offset);
            RandomAccess.Write(File, value, End.Offset + octets.Length);
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

    /// <summary>False: the payload is not what was appended.</summary>
    public bool TryReadPayload(long offset, in RecordHeader header, Span<byte> payload) =>
        SegmentScan.Read(File, payload, offset + RecordHeader.Bytes) == payload.Length && XxHash3.HashToUInt64(payload) == header.PayloadCheck;

    /// <summary>Notes what the reader steps over: damage that is reported already, and what is acknowledged. In the file's order.</summary>
    public void AddGap(SegmentPlace from, SegmentPlace to) => _gaps.Add((from, to));

    public bool IsGap(SegmentPlace from, out SegmentPlace to)
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

    /// <summary>Where the next of these begins, or the segment ends.</summary>
    public SegmentPlace StopBehind(SegmentPlace place)
    {
        foreach (var gap in _gaps)
        {
            if (gap.From.Offset > place.Offset)
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
