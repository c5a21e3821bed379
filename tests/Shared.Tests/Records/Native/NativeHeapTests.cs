using Shared.Records.Native;

namespace Shared.Tests.Records.Native;

/// <summary>Tests that pieces of the native heap are zero, do not overlap, and can be freed.</summary>
public sealed class NativeHeapTests
{
    private const int Steps = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Pieces_of_all_lengths_are_zero_and_stay_what_is_written_into_them(int seed) => Work(seed);

    [Fact]
    public Task Threads_do_not_get_each_others_pieces() => Task.WhenAll(Enumerable.Range(10, 4).Select(seed => Task.Run(() => Work(seed))));

    [Fact]
    public void Freed_pieces_are_used_again_and_empty_chunks_go_back()
    {
        var pieces = Enumerable.Range(0, 1_000).Select(_ => new NativeArray<byte>(20_000)).ToList();
        long full = NativeHeap.Bytes;
        // A chunk has room for 102 pieces of 40 units of 512 bytes. One more chunk may be there of other tests.
        Assert.InRange(full, 1_000 * 20_000, (10 + 1) * (2 << 20));
        foreach (var piece in pieces.Where((_, index) => index % 2 == 0))
            piece.Free();
        var again = Enumerable.Range(0, 500).Select(_ => new NativeArray<byte>(20_000)).ToList();
        Assert.Equal(full, NativeHeap.Bytes);
        foreach (var piece in pieces.Where((_, index) => index % 2 == 1).Concat(again))
            piece.Free();
        Assert.InRange(NativeHeap.Bytes, 0, 2 << 20);
    }

    [Fact]
    public void There_is_nothing_outside_an_array()
    {
        var array = new NativeArray<ulong>(3);
        array[2] = 7;
        Assert.Equal([0ul, 0ul, 7ul], array.AsSpan().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => array[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => default(NativeArray<ulong>)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeArray<ulong>(-1));
        Assert.True(default(NativeArray<ulong>).AsSpan().IsEmpty);
        array.Prefetch(3);
        array.Free();
        default(NativeArray<ulong>).Free();
    }

    private static void Work(int seed)
    {
        var random = new Random(seed);
        var pieces = new List<NativeArray<byte>>();
        for (int step = 0; step < Steps; step++)
        {
            if (pieces.Count < 200 && random.Next(3) > 0)
            {
                // Some lengths are at the limits of what a chunk holds.
                int length = random.Next(8) switch
                {
                    0 => random.Next(1, 64),
                    1 => NativeHeap.SmallestPiece + random.Next(-1, 2),
                    2 => NativeHeap.LargestPiece + random.Next(-1, 2),
                    _ => random.Next(NativeHeap.SmallestPiece, 64 << 10),
                };
                var piece = new NativeArray<byte>(length);
                Assert.False(piece.AsSpan().ContainsAnyExcept((byte)0));
                piece.AsSpan().Fill((byte)(1 + length % 255));
                pieces.Add(piece);
            }
            else if (pieces.Count > 0)
            {
                int index = random.Next(pieces.Count);
                Release(pieces[index]);
                pieces[index] = pieces[^1];
                pieces.RemoveAt(pieces.Count - 1);
            }
        }
        pieces.ForEach(Release);
    }

    private static void Release(NativeArray<byte> piece)
    {
        Assert.False(piece.AsSpan().ContainsAnyExcept((byte)(1 + piece.Length % 255)));
        piece.Free();
    }
}
