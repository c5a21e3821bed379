using System.Buffers.Text;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Marks a place in a measurement's replies: for each agent and each run of a gateway, all replies up to a sequence number were returned.
/// Within such a pair replies arrive in the order of their numbers, so a cursor skips none, and returns none twice.
/// </summary>
/// <remarks>
/// The text is base64url of version(1) measurement(4), which are the first bytes of its id, and for each pair agent(varint) epoch(8)
/// sequence(varint).
/// </remarks>
internal sealed class ReplyCursor
{
    /// <summary>The maximum of pairs in a text, which has to fit into a request line.</summary>
    public const int MaxPairs = 256;

    private const byte Version = 1;
    private const int MaxTextLength = 8192;

    private readonly Guid _measurement;
    private readonly string[] _agents;
    private readonly SortedDictionary<(int Agent, ulong EpochNs), ulong> _last = [];

    /// <summary>Makes the cursor before the first reply.</summary>
    /// <param name="agents">All agents of the measurement.</param>
    public ReplyCursor(Guid measurement, IEnumerable<string> agents)
    {
        _measurement = measurement;
        _agents = [.. agents.Order(StringComparer.Ordinal)];
    }

    /// <summary>The last sequence number of each pair.</summary>
    public IEnumerable<(string AgentId, ulong EpochNs, ulong Sequence)> Pairs =>
        _last.Select(p => (_agents[p.Key.Agent], p.Key.EpochNs, p.Value));

    /// <summary>True if the cursor has a text.</summary>
    public bool HasText => _last.Count <= MaxPairs;

    /// <summary>Returns 0 when no reply of the pair was returned.</summary>
    public ulong LastOf(string agentId, ulong epochNs) => _last.GetValueOrDefault((IndexOf(agentId), epochNs));

    public void Advance(string agentId, ulong epochNs, ulong sequence) => _last[(IndexOf(agentId), epochNs)] = sequence;

    /// <summary>Moves to the place of a text. Returns false when the text is no cursor of this measurement.</summary>
    public bool TrySet(string text)
    {
        _last.Clear();
        if (text.Length > MaxTextLength || !Base64Url.IsValid(text))
            return false;
        using var reader = new BinaryReader(new MemoryStream(Base64Url.DecodeFromChars(text)));
        try
        {
            if (reader.ReadByte() != Version || !reader.ReadBytes(4).AsSpan().SequenceEqual(_measurement.ToByteArray().AsSpan(0, 4)))
                return false;
            while (reader.BaseStream.Position < reader.BaseStream.Length)
            {
                int agent = reader.Read7BitEncodedInt();
                if (agent < 0 || agent >= _agents.Length || _last.Count == MaxPairs)
                    return false;
                _last[(agent, reader.ReadUInt64())] = (ulong)reader.Read7BitEncodedInt64();
            }
            return true;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            return false;
        }
    }

    public override string ToString()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write(_measurement.ToByteArray().AsSpan(0, 4));
        foreach (var ((agent, epochNs), sequence) in _last)
        {
            writer.Write7BitEncodedInt(agent);
            writer.Write(epochNs);
            writer.Write7BitEncodedInt64((long)sequence);
        }
        return Base64Url.EncodeToString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    // The replies are always those of the measurement's own agents.
    private int IndexOf(string agentId) => Array.BinarySearch(_agents, agentId, StringComparer.Ordinal);
}
