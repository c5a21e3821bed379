using System.IO.Compression;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>
/// Reads a capture packet by packet: pcap (both byte orders, micro- and nanoseconds), pcapng, and gzip of either. The first bytes decide
/// which it is. Bad input never throws: <see cref="TryRead"/> returns false and <see cref="Error"/> gives the reason.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.</remarks>
public sealed class PcapReader : IDisposable
{
    /// <summary>The largest packet in bytes (libpcap's own limit is 256 KiB for network links).</summary>
    public const int MaxPacketBytes = 16 << 20;

    private readonly Stream _file;
    private readonly CaptureBytes _bytes;
    private ICaptureFormat? _format;

    /// <summary>Reads <paramref name="file"/> from its current position and disposes it with the reader.</summary>
    public PcapReader(Stream file)
    {
        _file = file;
        _bytes = new CaptureBytes(Unzipped(file));
    }

    /// <summary>Opens a file. Throws the exceptions of <see cref="File.OpenRead"/>, for the caller to report.</summary>
    public static PcapReader Open(string path) => new(File.OpenRead(path));

    /// <summary>The fault that ended <see cref="TryRead"/>; null at the clean end of the file.</summary>
    public PcapError? Error { get; private set; }

    /// <summary>Packets read so far.</summary>
    public long Packets { get; private set; }

    /// <summary>Reads the next packet. Returns false at the end of the file and at an error.</summary>
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

    /// <summary>Returns the stream, or its uncompressed content if it begins with gzip's magic number (RFC 1952 2.3.1).</summary>
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
        if (PcapHeader.IsMagic(magic.Span))
            return new PcapFormat(_bytes);
        Error = new PcapError(0, $"neither pcap nor pcapng (magic number 0x{Convert.ToHexStringLower(magic.Span)})");
        return null;
    }
}
