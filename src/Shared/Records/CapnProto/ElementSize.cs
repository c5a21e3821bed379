namespace Shared.Records.CapnProto;

/// <summary>The three element size bits of a list pointer.</summary>
public enum ElementSize
{
    Void,
    Bit,
    Byte,
    TwoBytes,
    FourBytes,
    EightBytes,
    Pointer,

    /// <summary>Structs, behind a tag word that tells their number and size.</summary>
    Composite,
}
