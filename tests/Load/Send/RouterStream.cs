namespace Load.Send;

/// <summary>What a router says: how its session begins, and messages that can be sent round and round.</summary>
/// <param name="Beginning">Makes no records of the updates topic.</param>
/// <param name="Round">Whole messages; after the last comes the first again.</param>
/// <param name="Ends">Where each of them ends.</param>
/// <param name="RecordsUpTo">How many records of the updates topic come of the round up to the end of each.</param>
internal sealed record RouterStream(byte[] Beginning, byte[] Round, int[] Ends, int[] RecordsUpTo)
{
    public int Messages => Ends.Length;

    /// <summary>Where the message begins; one after the last is the end of the round.</summary>
    public int Start(int message) => message == 0 ? 0 : Ends[message - 1];

    /// <summary>Records that come of the messages from <paramref name="first"/> to the one before <paramref name="end"/>.</summary>
    public int Records(int first, int end) => RecordsUpTo[end - 1] - (first == 0 ? 0 : RecordsUpTo[first - 1]);
}
