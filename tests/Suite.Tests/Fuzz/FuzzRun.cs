using System.Globalization;
using Xunit.Sdk;

namespace Suite.Tests.Fuzz;

/// <summary>Runs one target over many mutated inputs, on every processor. Case n is the same on every machine.</summary>
internal sealed class FuzzRun
{
    private const int CaseBlock = 256;

    private static readonly ulong Seed = (ulong)Setting("FUZZ_SEED", 0x7854);

    // This catches a loop that never ends: no run takes nearly that long.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private readonly Target _target;
    private readonly Action<Mutator> _compose;
    private readonly long _iterations;
    private volatile bool _failed;
    private long _next;

    private FuzzRun(Target target, Action<Mutator> compose, long iterations)
    {
        _target = target;
        _compose = compose;
        _iterations = Setting("FUZZ_ITERATIONS", iterations);
    }

    public delegate void Target(ReadOnlySpan<byte> input);

    /// <param name="target">Throws if something is wrong.</param>
    /// <param name="compose">Makes an input in the mutator that it gets, from that mutator's random numbers only.</param>
    /// <param name="iterations">The number of inputs.</param>
    public static async Task RunAsync(Target target, Action<Mutator> compose, long iterations)
    {
        var run = new FuzzRun(target, compose, iterations);
        long[] current = new long[Environment.ProcessorCount];
        var workers = Enumerable.Range(0, current.Length)
            .Select(worker => Task.Factory.StartNew(() => run.Work(ref current[worker]), TaskCreationOptions.LongRunning));
        try
        {
            await Task.WhenAll(workers).WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"seed {Seed}: still at iterations {string.Join(", ", current)} after {Limit}");
        }
    }

    private void Work(ref long current)
    {
        var mutator = new Mutator();
        while (!_failed)
        {
            long first = Interlocked.Add(ref _next, CaseBlock) - CaseBlock;
            if (first >= _iterations)
                return;
            for (long iteration = first; iteration < Math.Min(first + CaseBlock, _iterations); iteration++)
            {
                Volatile.Write(ref current, iteration);
                RunOne(mutator, iteration);
            }
        }
    }

    private void RunOne(Mutator mutator, long iteration)
    {
        mutator.Start(Seed ^ (ulong)iteration * 0xD1342543DE82EF95);
        _compose(mutator);
        try
        {
            _target(mutator.Bytes);
        }
        catch (Exception e)
        {
            _failed = true;
            string input = Convert.ToHexStringLower(mutator.Bytes);
            throw new XunitException($"{_target.Method.Name}: seed {Seed}, iteration {iteration}: {e}\ninput: {input}");
        }
    }

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out long value) ? value : otherwise;
}
