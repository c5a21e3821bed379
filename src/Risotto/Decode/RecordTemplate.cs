namespace Risotto.Decode;

/// <summary>How every record of a peer's view begins: the first <paramref name="Length"/> octets, padded to whole blocks for the encoder.</summary>
internal readonly record struct RecordTemplate(byte[] Octets, int Length);
