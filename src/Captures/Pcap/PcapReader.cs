using System.IO.Compression;

namespace Captures.Pcap;

/// <summary>
/// Reads a capture packet by packet: pcap (both byte orders, micro- and nanoseconds), pcapng, and gzip of either; which of them
/// it is, its first octets tell. Bad input never throws: <see cref="TryRead"/> answers false and <see cref="Error"/> says why.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.</remarks>
public sealed class PcapReader : IDisposable
{
    /// <summary>No packet record may claim more octets than this (libpcap's own largest is 256 KiB for network links).</summary>
    public const int MaxPacketBytes = 16 << 20;

    private readonly Stream _file;
    private readonly CaptureBytes _bytes;
    private ICaptureFormat? _format;

    /// <summary>Reads <paramref name="file"/> from where it stands; closes it with itself.</summary>
    public PcapReader(Stream file)
    {
        _file = file;
        _bytes = new CaptureBytes(Unzipped(file));
    }

    /// <summary>Opens a file. Throws what <see cref="File.OpenRead"/> throws: a file that is not there is the caller's message to give.</summary>
    public static PcapReader Open(string path) => new(File.OpenRead(path));

    /// <summary>Why <see cref="TryRead"/> ended; null at the clean end of the file.</summary>
    public PcapError? Error { get; private set; }

    /// <summary>Packets read so far.</summary>
    public long Packets { get; private set; }

    /// <summary>Octets of the file as it lies on disk that were taken in so far: for a progress bar.</summary>
    public long FilePosition => _file.CanSeek ? _file.Position : _bytes.Offset;

    /// <summary>The next packet; false at the end of the file and at an error.</summary>
    public bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        if (Error is not null)
            return false;
        _format ??= Recognise();
        PcapError? error = null;
        if (_format is not null && _format.TryRead(Packets + 1, out packet, out error))
        {
            Packets++;
            return true;
        }
        if (_bytes.Failure is { } failure)
            error = new PcapError(_bytes.Offset, failure);
        Error ??= error;
        return false;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The stream itself, or its content when it begins with gzip's magic number (RFC 1952 2.3.1).</summary>
    public static Stream Unzipped(Stream file)
    {
        var start = new byte[2];
        int read = file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        Stream whole = file.CanSeek ? file : new PrefixedStream(start.AsMemory(0, read), file);
        if (file.CanSeek)
            file.Seek(-read, SeekOrigin.Current);
        return read == 2 && start is [0x1F, 0x8B] ? new GZipStream(whole, CompressionMode.Decompress) : whole;
    }

    private ICaptureFormat? Recognise()
    {
        if (!_bytes.TryPeek(4, out var magic))
        {
            Error = new PcapError(0, magic.IsEmpty ? "the file is empty" : "the file is too short for a capture");
            return null;
        }
        if (PcapngFormat.Recognises(magic.Span))
            return new PcapngFormat(_bytes);
        if (PcapFormat.Recognises(magic.Span))
            return new PcapFormat(_bytes);
        Error = new PcapError(0, $"neither pcap nor pcapng (magic number 0x{Convert.ToHexStringLower(magic.Span)})");
        return null;
    }
}
