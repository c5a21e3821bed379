using Load.Send;
using Risotto.Frame;

namespace Benchmarks.Live;

/// <summary>Reads a bare BMP byte stream as a router's stream.</summary>
internal static class FileRoutes
{
    /// <exception cref="InvalidDataException">The file is not a BMP byte stream.</exception>
    public static RouterStream Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        var stream = new BmpStream(bytes);
        List<int> ends = [], records = [];
        for (int at = 0; BmpFramer.TryFrame(bytes.AsSpan(at), int.MaxValue, out int length, out _);)
        {
            if (!stream.Process(bytes.AsSpan(at, length)))
                throw new InvalidDataException($"{file}: {stream.Failure}");
            ends.Add(at += length);
            records.Add((int)stream.Counters.RecordsEmitted);
        }
        return ends.Count > 0 && ends[^1] == bytes.Length
            ? new RouterStream([], bytes, [.. ends], [.. records])
            : throw new InvalidDataException($"{file}: it does not end with a whole BMP message");
    }
}
