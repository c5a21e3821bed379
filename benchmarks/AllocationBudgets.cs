namespace Benchmarks;

internal static class AllocationBudgets
{
    public static int Check() => 0;
}
