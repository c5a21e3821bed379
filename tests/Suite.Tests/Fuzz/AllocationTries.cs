using System.Globalization;

namespace Suite.Tests.Fuzz;

/// <summary>
/// Judges what a call allocates on its own thread by several tries with the same input: one that keeps the budget is enough. What a
/// message costs comes again with every try. What the runtime itself allocates on the thread does not: for the first call of a method,
/// or where reflection is asked for something that a garbage collection has dropped.
/// </summary>
internal struct AllocationTries(long budget)
{
    private const int Max = 5;

    private int _tries;

    /// <summary>The bytes of each try; null where the last one kept the budget.</summary>
    public string? Exceeded { get; private set; }

    /// <summary>Takes the bytes of one try; true where another one is to be made.</summary>
    public bool AddAndGoOn(long allocated)
    {
        if (allocated <= budget)
        {
            Exceeded = null;
            return false;
        }
        string figure = allocated.ToString(CultureInfo.InvariantCulture);
        Exceeded = Exceeded is null ? figure : $"{Exceeded}, {figure}";
        return ++_tries < Max;
    }

    /// <summary>Makes the call until it keeps the budget; fails where no try does.</summary>
    /// <param name="budget">Bytes.</param>
    /// <param name="call">The same each time.</param>
    public static void AssertWithin(long budget, Action call)
    {
        var tries = new AllocationTries(budget);
        long allocated;
        do
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        while (tries.AddAndGoOn(allocated));
        if (tries.Exceeded is { } figures)
            Xunit.Assert.Fail($"{figures} bytes allocated in {Max} tries: the budget is {budget}");
    }
}
