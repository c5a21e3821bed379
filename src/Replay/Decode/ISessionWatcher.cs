namespace Replay.Decode;

/// <summary>Sees each message of a session after its pipeline has taken it and its records are out.</summary>
internal interface ISessionWatcher
{
    /// <summary>The time at which the pipeline is to get the next message.</summary>
    ulong NextTimeNs(ulong timeNs);

    /// <summary>The session is open.</summary>
    void Opened();

    /// <summary>The pipeline took one message.</summary>
    void Took(ReadOnlySpan<byte> message);

    /// <summary>The pipeline closed the session. These are the bytes of the stream after the last message that it took.</summary>
    void Closed(ReadOnlySpan<byte> rest);

    /// <summary>The capture lost bytes. These, of the message that was not whole, are not used.</summary>
    void Lost(ReadOnlySpan<byte> rest);

    /// <summary>The stream has ended; these bytes are not a whole message.</summary>
    void Ended(ReadOnlySpan<byte> rest);
}
