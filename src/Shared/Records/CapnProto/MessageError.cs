namespace Shared.Records.CapnProto;

/// <summary>Says why a message cannot be read, and at which byte of it the reader noticed.</summary>
public readonly record struct MessageError(MessageErrorCode Code, int Offset);

public enum MessageErrorCode
{
    None,

    /// <summary>The input ends before the message does.</summary>
    Incomplete,
    TooManySegments,
    TooManyWords,
    PointerOutOfBounds,

    /// <summary>A struct instead of a list, a capability, or a far pointer that leads to another.</summary>
    WrongPointerKind,

    /// <summary>The size of the list's elements is not that of the schema.</summary>
    WrongElementSize,
    TextNotTerminated,
    TooDeep,
    TraversedTooMuch,
}
