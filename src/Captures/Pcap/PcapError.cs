namespace Captures.Pcap;

/// <summary>Why a capture cannot be read further.</summary>
/// <param name="Offset">Octet of the file; of the uncompressed data where the file is compressed.</param>
/// <param name="Reason">One clause, without the file's name: the caller knows that.</param>
public sealed record PcapError(long Offset, string Reason)
{
    public override string ToString() => $"{Reason} at byte {Offset}";
}
