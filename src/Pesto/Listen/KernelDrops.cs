namespace Pesto.Listen;

/// <summary>
/// The kernel's count of a socket's dropped datagrams, which has 32 bits and wraps, as a number that does not. It is told by
/// SO_RXQ_OVFL beside each datagram and by SO_MEMINFO when asked; one of them may be older than the other.
/// </summary>
internal sealed class KernelDrops
{
    private readonly Lock _gate = new();
    private uint _last;
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public void Observe(uint count)
    {
        if (count == Volatile.Read(ref _last))
            return;
        lock (_gate)
        {
            int more = (int)(count - _last);
            if (more <= 0)
                return;
            _last = count;
            Volatile.Write(ref _total, _total + more);
        }
    }
}
