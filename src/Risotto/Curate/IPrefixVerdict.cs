using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// Decides for each prefix of an UPDATE whether a record of it is written. A generic argument, so that the decision costs no call.
/// </summary>
internal interface IPrefixVerdict
{
    /// <summary>A record of every prefix is written, so that the first one can be laid out before the walk.</summary>
    static abstract bool PassesAll { get; }

    /// <summary>The following prefixes are those of this NLRI field.</summary>
    /// <param name="message">The BGP message.</param>
    /// <param name="update">The result of reading it.</param>
    /// <param name="field">Index of the field.</param>
    void Begin(ReadOnlySpan<byte> message, DecodedUpdate update, int field);

    /// <summary>A prefix without labels, host bits cleared.</summary>
    RouteChange Ipv4(uint prefix, int length, bool hasPathId, uint pathId);

    RouteChange Ipv6(ulong high, ulong low, int length, bool hasPathId, uint pathId);

    RouteChange Labelled(in LabelledPrefix prefix);
}

/// <summary>A record of every prefix: no curation.</summary>
internal readonly struct Always : IPrefixVerdict
{
    public static bool PassesAll => true;

    public void Begin(ReadOnlySpan<byte> message, DecodedUpdate update, int field)
    {
    }

    public RouteChange Ipv4(uint prefix, int length, bool hasPathId, uint pathId) => RouteChange.New;

    public RouteChange Ipv6(ulong high, ulong low, int length, bool hasPathId, uint pathId) => RouteChange.New;

    public RouteChange Labelled(in LabelledPrefix prefix) => RouteChange.New;
}
