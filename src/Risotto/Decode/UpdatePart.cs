namespace Risotto.Decode;

/// <summary>
/// The NLRI fields of an UPDATE that one call of the decoder reads. Nearly always all of them. Where an MP attribute is repeated, which
/// RFC 7606 3.g forbids, every one counts: then the withdrawals are read part by part, and after them the announcements, because a prefix
/// that is both withdrawn and announced in one UPDATE is announced (RFC 4271 4.3).
/// </summary>
/// <param name="Withdraws">Withdrawn routes and MP_UNREACH_NLRI.</param>
/// <param name="Announces">NLRI and MP_REACH_NLRI.</param>
/// <param name="Skipped">The MP attributes of either type that earlier parts have read.</param>
internal readonly record struct UpdatePart(bool Withdraws, bool Announces, int Skipped)
{
    public static readonly UpdatePart Whole = new(Withdraws: true, Announces: true, Skipped: 0);

    // More than any router writes, and a bound for one that repeats them without end.
    private const int MaxMpAttributes = 16;

    public bool IsWhole => Withdraws && Announces;

    /// <summary>The last one that is read where the MP attributes do not end.</summary>
    public bool IsLast => Skipped == MaxMpAttributes - 1;

    /// <summary>The part after this one; null after the last.</summary>
    /// <param name="hasMore">The UPDATE has a further MP attribute of the types that this part reads.</param>
    public UpdatePart? Next(bool hasMore)
    {
        if (IsWhole)
            return hasMore ? new UpdatePart(Withdraws: true, Announces: false, Skipped: 0) : null;
        if (hasMore)
            return this with { Skipped = Skipped + 1 };
        return Withdraws ? new UpdatePart(Withdraws: false, Announces: true, Skipped: 0) : null;
    }
}
