using System.IO.Compression;
using System.Text.Json;

namespace Suite.Tests.Golden;

/// <summary>Reads tshark's reading of a capture: NAME.expected.json or NAME.expected.json.gz in the folder of NAME.pcap.</summary>
internal sealed class OracleCapture
{
    private OracleCapture(IReadOnlyList<OracleMessage> messages) => Messages = messages;

    /// <summary>The messages in the order of the frames that complete them.</summary>
    public IReadOnlyList<OracleMessage> Messages { get; }

    /// <summary>The messages of each TCP stream in stream order, the streams by their first packet.</summary>
    public IReadOnlyList<IReadOnlyList<OracleMessage>> Streams =>
        [.. Messages.GroupBy(m => m.Stream).OrderBy(s => s.Key).Select(s => (IReadOnlyList<OracleMessage>)[.. s])];

    /// <summary>Reads the oracle of a capture. Null if there is none, or if it is not one of BMP.</summary>
    public static OracleCapture? Find(string capture)
    {
        string name = Path.Combine(Path.GetDirectoryName(capture)!, Name(capture)) + ".expected.json";
        foreach (string file in (string[])[name, name + ".gz", Path.Combine(Path.GetDirectoryName(capture)!, "expected.json.gz")])
        {
            if (!File.Exists(file))
                continue;
            using var stream = File.OpenRead(file);
            using Stream plain = file.EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            using var json = JsonDocument.Parse(plain);
            if (json.RootElement.GetProperty("kind").GetString() != "bmp")
                return null;
            return new OracleCapture([.. json.RootElement.GetProperty("messages").EnumerateArray().Select(OracleMessage.From)]);
        }
        return null;
    }

    private static string Name(string capture)
    {
        string name = Path.GetFileName(capture);
        return name[..name.IndexOf(".pcap", StringComparison.Ordinal)];
    }
}
