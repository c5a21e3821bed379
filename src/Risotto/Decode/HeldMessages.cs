namespace Risotto.Decode;

/// <summary>
/// Route Monitoring messages of one peer view that wait, in order, until it is clear whether their NLRI carries path
/// identifiers. Bounded in number, octets and time; at a bound the wait ends.
/// </summary>
internal sealed class HeldMessages(ulong since)
{
    public const int MaxMessages = 1024, MaxBytes = 1 << 20;

    public const ulong MaxWaitNs = 5_000_000_000;

    private readonly Queue<(byte[] Message, ulong ReceivedNs)> _messages = new();
    private int _bytes;

    /// <summary>When the first message came, nanoseconds since 1970 UTC.</summary>
    public ulong Since { get; } = since;

    /// <summary>By <see cref="Bgp.AddressFamily.Index"/>: the families whose decision is waited for.</summary>
    public int Families { get; set; }

    public int Count => _messages.Count;

    public bool IsFull => _messages.Count >= MaxMessages || _bytes >= MaxBytes;

    public void Add(ReadOnlySpan<byte> message, ulong receivedNs)
    {
        _messages.Enqueue((message.ToArray(), receivedNs));
        _bytes += message.Length;
    }

    /// <summary>The oldest message; it stays until <see cref="Remove"/>.</summary>
    public (byte[] Message, ulong ReceivedNs) Peek() => _messages.Peek();

    public void Remove() => _bytes -= _messages.Dequeue().Message.Length;
}
