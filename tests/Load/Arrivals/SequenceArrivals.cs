using System.Collections;

namespace Load.Arrivals;

/// <summary>Counts which of the numbers 1, 2, 3... have arrived, which came twice, and which came late.</summary>
internal sealed class SequenceArrivals
{
    private BitArray _arrived = new(1 << 16);

    /// <summary>The lowest number that has arrived; 0 where none has.</summary>
    public long Lowest { get; private set; }

    /// <summary>The highest number that has arrived.</summary>
    public long Highest { get; private set; }

    /// <summary>The number of different numbers that have arrived.</summary>
    public long Distinct { get; private set; }

    /// <summary>The number of arrivals of a number that had arrived before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>The number of first arrivals after a higher number.</summary>
    public long Late { get; private set; }

    /// <summary>The number of numbers below the highest that have not arrived.</summary>
    public long Missing => Highest - Distinct;

    /// <summary>True: its first arrival.</summary>
    public bool Add(ulong sequence)
    {
        if (sequence is 0 or > int.MaxValue)
            throw new InvalidDataException($"sequence number {sequence}");
        int number = (int)sequence;
        if (number >= _arrived.Length)
            _arrived.Length = Math.Max(number + 1, _arrived.Length * 2);
        if (_arrived[number])
        {
            Duplicates++;
            return false;
        }
        _arrived[number] = true;
        Distinct++;
        Lowest = Lowest == 0 ? number : Math.Min(Lowest, number);
        if (number < Highest)
            Late++;
        else
            Highest = number;
        return true;
    }

    /// <summary>True if each of these has arrived at <paramref name="other"/> too.</summary>
    public bool AllIn(SequenceArrivals? other)
    {
        for (int number = 1; number <= Highest; number++)
        {
            if (_arrived[number] && (other is null || number > other.Highest || !other._arrived[number]))
                return false;
        }
        return true;
    }
}
