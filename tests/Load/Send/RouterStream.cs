namespace Load.Send;

/// <summary>The bytes that a router sends: the beginning of its session, and messages that can be sent round and round.</summary>
/// <param name="Beginning">Makes no records of the updates topic.</param>
/// <param name="Round">Whole messages; after the last comes the first again.</param>
/// <param name="Ends">The end of each of them.</param>
/// <param name="RecordsUpTo">The number of records of the updates topic in the round up to the end of each message.</param>
internal sealed record RouterStream(byte[] Beginning, byte[] Round, int[] Ends, int[] RecordsUpTo)
{
    public int Messages => Ends.Length;

    /// <summary>Returns the place where the message begins; one after the last is the end of the round.</summary>
    public int Start(int message) => message == 0 ? 0 : Ends[message - 1];

    /// <summary>
    /// Returns the number of records that the messages from <paramref name="first"/> to the one before <paramref name="end"/> make.
    /// </summary>
    public int Records(int first, int end) => RecordsUpTo[end - 1] - (first == 0 ? 0 : RecordsUpTo[first - 1]);
}
