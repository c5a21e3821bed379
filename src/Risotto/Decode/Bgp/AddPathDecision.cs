namespace Risotto.Decode.Bgp;

/// <summary>What one NLRI field says about path identifiers: which of the two readings is plausible.</summary>
internal enum AddPathEvidence : byte
{
    /// <summary>Both readings are plausible, or none is.</summary>
    None,
    WithPathIds,
    WithoutPathIds,
}

/// <summary>
/// Whether the NLRI of one peer, RIB view and AFI/SAFI carries path identifiers (RFC 7911). The OPENs of the Peer Up say so,
/// but routers write otherwise than they negotiated, and streams begin without a Peer Up. So what the OPENs say is a
/// presumption that the first unambiguous field confirms or three contradicting ones overturn; without OPENs three
/// unambiguous ones decide. It is never decided by a single contradicting UPDATE.
/// </summary>
internal struct AddPathDecision
{
    private const int Enough = 3;

    private bool _isNegotiated;
    private sbyte _votes;

    /// <summary>The reading in force; a presumption while not <see cref="IsDecided"/>.</summary>
    public bool HasPathIds { get; private set; }

    public bool IsDecided { get; private set; }

    /// <summary>The reading in force is not what the OPENs say.</summary>
    public bool IsMismatch { get; private set; }

    /// <summary>Starts from the OPENs. Where they negotiate no path identifiers, plain NLRI needs no confirmation.</summary>
    public static AddPathDecision Negotiated(bool hasPathIds) =>
        new() { HasPathIds = hasPathIds, IsDecided = !hasPathIds, _isNegotiated = true };

    /// <summary>Which reading an NLRI field allows: the one is plausible and the other is not.</summary>
    public static AddPathEvidence Evidence(ReadOnlySpan<byte> message, int start, int end, AddressFamily family)
    {
        bool with = NlriReader.Check(message, start, end, family, addPath: true).IsPlausible(true);
        bool without = NlriReader.Check(message, start, end, family, addPath: false).IsPlausible(false);
        return with == without ? AddPathEvidence.None : with ? AddPathEvidence.WithPathIds : AddPathEvidence.WithoutPathIds;
    }

    /// <summary>A decided reading has met a field that fits the other one only: back to a presumption.</summary>
    public void Reopen()
    {
        IsDecided = false;
        _isNegotiated = true;
        _votes = 0;
    }

    /// <summary>Counts one field's evidence. Contradicting evidence starts the count anew.</summary>
    public void Vote(AddPathEvidence evidence)
    {
        if (IsDecided || evidence == AddPathEvidence.None)
            return;
        int direction = evidence == AddPathEvidence.WithPathIds ? 1 : -1;
        _votes = (sbyte)(_votes * direction < 0 ? direction : _votes + direction);
        bool confirms = direction > 0 == HasPathIds;
        if (_isNegotiated && confirms || Math.Abs(_votes) >= Enough)
            Decide();
    }

    /// <summary>No more evidence will be waited for: the majority so far, else the presumption.</summary>
    public void Decide()
    {
        bool hasPathIds = _votes == 0 ? HasPathIds : _votes > 0;
        IsMismatch = _isNegotiated && hasPathIds != HasPathIds ? !IsMismatch : IsMismatch;
        HasPathIds = hasPathIds;
        IsDecided = true;
        _votes = 0;
    }
}
