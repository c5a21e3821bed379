namespace Risotto.Decode;

/// <summary>
/// Route Monitoring messages of one peer view that wait, in order, until it is clear whether their NLRI carries path
/// identifiers. Bounded in number, octets and time; at a bound the wait ends.
/// </summary>
internal sealed class HeldMessages(ulong since)
{
    public const int MaxMessages = 1024, MaxBytes = 1 << 20;

    /// <summary>Of all views of a session together, whatever the number of peers.</summary>
    public const int MaxSessionBytes = 16 << 20;

    public const ulong MaxWaitNs = 5_000_000_000;

    private readonly Queue<(byte[] Message, ulong ReceivedNs)> _messages = new();

    /// <summary>When the first message came, nanoseconds since 1970 UTC.</summary>
    public ulong Since { get; } = since;

    /// <summary>By <see cref="Bgp.AddressFamily.Index"/>: the families whose decision is waited for.</summary>
    public int Families { get; set; }

    public int Count => _messages.Count;

    public int Bytes { get; private set; }

    public bool IsFull => _messages.Count >= MaxMessages || Bytes >= MaxBytes;

    public void Add(ReadOnlySpan<byte> message, ulong receivedNs)
    {
        _messages.Enqueue((message.ToArray(), receivedNs));
        Bytes += message.Length;
    }

    /// <summary>The oldest message; it stays until <see cref="Remove"/>.</summary>
    public (byte[] Message, ulong ReceivedNs) Peek() => _messages.Peek();

    public void Remove() => Bytes -= _messages.Dequeue().Message.Length;
}
