namespace Risotto.Encode;

/// <summary>
/// The bytes with which every record of a view begins: the first <paramref name="Length"/>, padded to whole blocks for the encoder.
/// </summary>
internal sealed record RecordTemplate(byte[] Bytes, int Length);
