using System.Reflection;
using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Benchmarks;

/// <summary>
/// <c>budgets</c>: compares the bytes that each benchmark allocates per operation with allocation-budget.json. It counts the bytes instead
/// of estimating them, so it takes a second or two, and a budget of 0 means 0.
/// </summary>
internal static class AllocationBudgets
{
    private const int WarmUpRounds = 5, Rounds = 20, Tries = 5;

    /// <returns>1 if a benchmark exceeds its budget, has none, or a budget has no benchmark.</returns>
    public static int Check()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "allocation-budget.json");
        var budgets = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(file))!;
        bool areAllWithin = true;
        Console.WriteLine($"{"benchmark",-40} {"allocated/op",14} {"budget/op",12}");
        foreach (var benchmark in Benchmarks())
        {
            string name = $"{benchmark.DeclaringType!.Name}.{benchmark.Name}";
            var (allocated, operations) = Measure(benchmark);
            bool hasBudget = budgets.Remove(name, out long budget);
            bool fits = hasBudget && allocated <= budget * operations;
            areAllWithin &= fits;
            string verdict = fits ? "" : hasBudget ? "  EXCEEDED" : "  HAS NO BUDGET in allocation-budget.json";
            Console.WriteLine(FormattableString.Invariant($"{name,-40} {(double)allocated / operations,14:0.###} {budget,12}{verdict}"));
        }
        foreach (string name in budgets.Keys)
            Console.WriteLine($"{name,-40} is in allocation-budget.json, but there is no such benchmark");
        return areAllWithin && budgets.Count == 0 ? 0 : 1;
    }

    private static IEnumerable<MethodInfo> Benchmarks() =>
        from type in typeof(AllocationBudgets).Assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)
        from method in type.GetMethods()
        where method.GetCustomAttribute<BenchmarkAttribute>() is not null
        select method;

    private static (long Allocated, long Operations) Measure(MethodInfo benchmark)
    {
        object instance = Activator.CreateInstance(benchmark.DeclaringType!)!;
        var run = RunOf(benchmark, instance);
        for (int i = 0; i < WarmUpRounds; i++)
            run();
        // Allocations of a run occur in every try. The runtime's own allocations on this thread do not.
        long least = long.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < Rounds; round++)
                run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return (least, Rounds * benchmark.GetCustomAttribute<BenchmarkAttribute>()!.OperationsPerInvoke);
    }

    // The delegate has the method's own type, because reflection would box its result.
    private static Action RunOf(MethodInfo benchmark, object instance) =>
        benchmark.ReturnType == typeof(int) ? Discarding(benchmark.CreateDelegate<Func<int>>(instance))
        : benchmark.ReturnType == typeof(long) ? Discarding(benchmark.CreateDelegate<Func<long>>(instance))
        : Discarding(benchmark.CreateDelegate<Func<ulong>>(instance));

    private static Action Discarding<T>(Func<T> benchmark) => () => benchmark();
}
