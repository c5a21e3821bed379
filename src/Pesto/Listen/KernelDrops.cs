namespace Pesto.Listen;

/// <summary>
/// Extends the kernel's 32-bit count of a socket's dropped datagrams, which wraps, to 64 bits. The count comes with each datagram
/// (SO_RXQ_OVFL) and on request (SO_MEMINFO); either may be older than the other.
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
