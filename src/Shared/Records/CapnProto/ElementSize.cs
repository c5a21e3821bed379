namespace Shared.Records.CapnProto;

/// <summary>Names the values of the three element size bits of a list pointer.</summary>
public enum ElementSize
{
    Void,
    Bit,
    Byte,
    TwoBytes,
    FourBytes,
    EightBytes,
    Pointer,

    /// <summary>Structs after a tag word with their number and size.</summary>
    Composite,
}
