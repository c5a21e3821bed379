using Load.Feed;
using Risotto.Frame;

namespace Benchmarks.Live;

/// <summary>A bare BMP byte stream as a router's stream.</summary>
internal static class FileRoutes
{
    /// <exception cref="InvalidDataException">The file is no such stream.</exception>
    public static RouterStream Read(string file)
    {
        byte[] octets = File.ReadAllBytes(file);
        var stream = new BmpStream(octets);
        List<int> ends = [], records = [];
        for (int at = 0; BmpFramer.TryFrame(octets.AsSpan(at), int.MaxValue, out int length, out _);)
        {
            if (!stream.Process(octets.AsSpan(at, length)))
                throw new InvalidDataException($"{file}: {stream.Failure}");
            ends.Add(at += length);
            records.Add((int)stream.Counters.RecordsEmitted);
        }
        return ends.Count > 0 && ends[^1] == octets.Length
            ? new RouterStream([], octets, [.. ends], [.. records])
            : throw new InvalidDataException($"{file}: it does not end with a whole BMP message");
    }
}
