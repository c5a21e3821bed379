namespace Risotto.Pipeline;

/// <summary>
/// The Route Monitoring messages of one view that wait, in order, until it is decided whether their NLRI carries path identifiers.
/// Their number, bytes and time are bounded; at a bound the wait ends.
/// </summary>
internal sealed class HeldMessages(ulong since)
{
    public const int MaxMessages = 1024, MaxBytes = 1 << 20;

    public const ulong MaxWaitNs = 5_000_000_000;

    private readonly Queue<(byte[] Message, ulong ReceivedNs)> _messages = new();
    private int _bytes;

    /// <summary>When the first message was read, nanoseconds since 1970 UTC.</summary>
    public ulong Since { get; } = since;

    /// <summary>The families that the messages wait for: one bit for each <see cref="Decode.Bgp.AddressFamily.Index"/>.</summary>
    public int Families { get; set; }

    public bool IsEmpty => _messages.Count == 0;

    public int Count => _messages.Count;

    public bool IsFull => _messages.Count >= MaxMessages || _bytes >= MaxBytes;

    public void Add(byte[] message, ulong receivedNs)
    {
        _messages.Enqueue((message, receivedNs));
        _bytes += message.Length;
    }

    /// <summary>The oldest message; it stays until <see cref="Remove"/>.</summary>
    public (byte[] Message, ulong ReceivedNs) Peek() => _messages.Peek();

    /// <summary>Removes the oldest message and returns its length.</summary>
    public int Remove()
    {
        int length = _messages.Dequeue().Message.Length;
        _bytes -= length;
        return length;
    }
}
