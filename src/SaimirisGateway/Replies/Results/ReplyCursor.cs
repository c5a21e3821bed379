using System.Buffers.Text;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Which replies of a measurement were given out: of each agent and each run of a gateway all up to a sequence number. Within such a pair
/// replies come in the order of their numbers, so nothing is passed over that comes later, and nothing given twice.
/// </summary>
/// <remarks>As text, base64url of: version(1) first octets of the measurement(4), then for each pair agent(varint) epoch(8) sequence(varint).</remarks>
internal sealed class ReplyCursor
{
    /// <summary>Pairs of an agent and a run: the text has to fit a request line.</summary>
    public const int MaxPairs = 256;

    private const byte Version = 1;
    private const int MaxTextLength = 8192;

    private readonly Guid _measurement;
    private readonly string[] _agents;
    private readonly SortedDictionary<(int Agent, ulong EpochNs), ulong> _last = [];

    /// <summary>Before the first reply.</summary>
    /// <param name="agents">All of the measurement's.</param>
    public ReplyCursor(Guid measurement, IEnumerable<string> agents)
    {
        _measurement = measurement;
        _agents = [.. agents.Order(StringComparer.Ordinal)];
    }

    /// <summary>The last sequence number of each pair.</summary>
    public IEnumerable<(string AgentId, ulong EpochNs, ulong Sequence)> Pairs => _last.Select(p => (_agents[p.Key.Agent], p.Key.EpochNs, p.Value));

    /// <summary>There is a text of it.</summary>
    public bool HasText => _last.Count <= MaxPairs;

    /// <summary>0: nothing was given out.</summary>
    public ulong LastOf(string agentId, ulong epochNs) => _last.GetValueOrDefault((IndexOf(agentId), epochNs));

    public void Advance(string agentId, ulong epochNs, ulong sequence) => _last[(IndexOf(agentId), epochNs)] = sequence;

    /// <summary>Takes the place that a text names; false: it is none of this measurement.</summary>
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
        using var octets = new MemoryStream();
        using var writer = new BinaryWriter(octets);
        writer.Write(Version);
        writer.Write(_measurement.ToByteArray().AsSpan(0, 4));
        foreach (var ((agent, epochNs), sequence) in _last)
        {
            writer.Write7BitEncodedInt(agent);
            writer.Write(epochNs);
            writer.Write7BitEncodedInt64((long)sequence);
        }
        return Base64Url.EncodeToString(octets.GetBuffer().AsSpan(0, (int)octets.Length));
    }

    // Replies are kept and looked for by the measurement's own agents.
    private int IndexOf(string agentId) => Array.BinarySearch(_agents, agentId, StringComparer.Ordinal);
}
