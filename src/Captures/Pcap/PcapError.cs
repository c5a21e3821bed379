namespace Captures.Pcap;

/// <summary>The fault at which reading a capture ends.</summary>
/// <param name="Offset">Offset in the file, or in the uncompressed data of a compressed file.</param>
/// <param name="Reason">One clause, without the file's name, which the caller knows.</param>
public sealed record PcapError(long Offset, string Reason)
{
    public override string ToString() => $"{Reason} at byte {Offset}";
}
