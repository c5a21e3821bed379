namespace Risotto.Decode.Bgp;

/// <summary>Which of the two readings of one NLRI field is plausible: with or without path identifiers.</summary>
internal enum AddPathEvidence : byte
{
    /// <summary>Both readings are plausible, or none is.</summary>
    None,
    WithPathIds,
    WithoutPathIds,
}

/// <summary>
/// Decides whether the NLRI of one peer, RIB view and AFI/SAFI carries path identifiers (RFC 7911). The OPENs of the Peer Up say so,
/// but some routers do not write what they negotiated, and a stream may begin without a Peer Up. So the OPENs give a presumption:
/// the first unambiguous field confirms it, or three contradicting ones overturn it. Without OPENs three unambiguous fields decide.
/// A single contradicting UPDATE never decides. Where both readings are sound and only one has a default route, or a label without the
/// bottom-of-stack bit, the other one is likelier.
/// </summary>
internal struct AddPathDecision
{
    private const int VotesNeeded = 3;

    private bool _isNegotiated, _isReopened, _isConfirmed;
    private sbyte _votes;

    /// <summary>The reading in force; a presumption while not <see cref="IsDecided"/>.</summary>
    public bool HasPathIds { get; private set; }

    public bool IsDecided { get; private set; }

    /// <summary>The reading in force contradicts the OPENs.</summary>
    public bool IsMismatch { get; private set; }

    /// <summary>Starts from the OPENs. Where they negotiate no path identifiers, plain NLRI needs no confirmation.</summary>
    public static AddPathDecision Negotiated(bool hasPathIds) =>
        new() { HasPathIds = hasPathIds, IsDecided = !hasPathIds, _isNegotiated = true, _isConfirmed = !hasPathIds };

    /// <summary>The reading of an NLRI field that is plausible while the other is not.</summary>
    public static AddPathEvidence Evidence(ReadOnlySpan<byte> message, in NlriField field)
    {
        var (start, end, family, stacks) = (field.Start, field.ReceivedEnd, field.Family, field.HasLabelStacks);
        var with = NlriReader.Check(message, start, end, family, addPath: true, stacks);
        var without = NlriReader.Check(message, start, end, family, addPath: false, stacks);
        bool isWith = with.IsPlausible(true), isWithout = without.IsPlausible(false);
        if (isWith && isWithout)
            (isWith, isWithout) = (!with.IsRare, !without.IsRare);
        return isWith == isWithout ? AddPathEvidence.None : isWith ? AddPathEvidence.WithPathIds : AddPathEvidence.WithoutPathIds;
    }

    /// <summary>A field fits only the reading that was not decided for: the decision becomes a presumption again.</summary>
    public void Reopen()
    {
        IsDecided = false;
        _isNegotiated = _isReopened = true;
        _votes = 0;
    }

    /// <summary>
    /// Counts one field's evidence. Contradicting evidence restarts the count. True: as <see cref="Decide"/>.
    /// </summary>
    public bool Vote(AddPathEvidence evidence)
    {
        if (IsDecided || evidence == AddPathEvidence.None)
            return false;
        int direction = evidence == AddPathEvidence.WithPathIds ? 1 : -1;
        _votes = (sbyte)(_votes * direction < 0 ? direction : _votes + direction);
        bool confirms = direction > 0 == HasPathIds;
        if (_isNegotiated && confirms || Math.Abs(_votes) >= VotesNeeded)
            return Decide();
        return false;
    }

    /// <summary>
    /// Ends the wait for evidence: the majority so far decides, else the presumption. A few votes do not overturn an earlier decision.
    /// True: one is overturned, and the routes that were read in its way are not the router's. Those without path identifiers are, where
    /// evidence or the OPENs had decided for them: GoBGP sends its first table without and its later UPDATEs with path identifiers.
    /// </summary>
    public bool Decide()
    {
        bool isOverturned = HasPathIds != _votes > 0 && Math.Abs(_votes) >= (_isReopened ? VotesNeeded : 1);
        bool hasPathIds = HasPathIds != isOverturned;
        bool isMisread = _isReopened && hasPathIds != HasPathIds && (HasPathIds || !_isConfirmed);
        _isConfirmed = _votes != 0 || _isConfirmed && hasPathIds == HasPathIds;
        IsMismatch = _isNegotiated && hasPathIds != HasPathIds ? !IsMismatch : IsMismatch;
        HasPathIds = hasPathIds;
        IsDecided = true;
        _votes = 0;
        return isMisread;
    }
}
