namespace Shared.Records.CapnProto;

/// <summary>Why a message cannot be read, and the octet of the message at which that was found.</summary>
public readonly record struct MessageError(MessageErrorCode Code, int Offset);

public enum MessageErrorCode
{
    None,

    /// <summary>The input ends before the message does.</summary>
    Incomplete,
    TooManySegments,
    TooManyWords,
    PointerOutOfBounds,

    /// <summary>A struct where a list should be, a capability, or a far pointer that leads to another.</summary>
    WrongPointerKind,

    /// <summary>The list's elements are not of the size that the schema says.</summary>
    WrongElementSize,
    TextNotTerminated,
    TooDeep,
    TraversedTooMuch,
}
