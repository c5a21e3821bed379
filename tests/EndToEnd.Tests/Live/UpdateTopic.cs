using System.Buffers.Binary;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>Reads the topic of updates with kcat, and folds its records into tables.</summary>
internal sealed class UpdateTopic(LabProcess kcat)
{
    private readonly Dictionary<string, UpdateRecord> _last = [];
    private int _read;

    /// <summary>Records read until now.</summary>
    public int Records { get; private set; }

    /// <summary>Returns the routes of the topic: the latest record of each key, by the router's sequence, if it announces.</summary>
    public async Task<IReadOnlyList<UpdateRecord>> TableAsync(CancellationToken cancel)
    {
        Assert.False(kcat.HasEnded, $"kcat ended: {kcat.LastLines()}");
        byte[] bytes = kcat.Bytes();
        int whole = WholeMessages(bytes.AsSpan(_read));
        foreach (var record in await UpdateRecord.ReadAsync(bytes.AsMemory(_read, whole), cancel))
        {
            Records++;
            if (!_last.TryGetValue(record.Key, out var before) || before.Sequence < record.Sequence)
                _last[record.Key] = record;
        }
        _read += whole;
        return [.. _last.Values.Where(r => r.Announced)];
    }

    // kcat prints value after value. A message of one segment has 8 bytes, then as many words as the number in its bytes 4 to 7.
    private static int WholeMessages(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (bytes.Length - at >= 8)
        {
            long length = 8 + (8L * BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]));
            if (bytes.Length - at < length)
                break;
            at += (int)length;
        }
        return at;
    }
}
