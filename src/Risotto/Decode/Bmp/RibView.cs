namespace Risotto.Decode.Bmp;

/// <summary>The RIBs of a router that BMP monitors. The numbers are those of <c>ribView</c> in update.capnp.</summary>
internal enum RibView : byte
{
    AdjRibInPrePolicy = 0,
    AdjRibInPostPolicy = 1,
    AdjRibOutPrePolicy = 2,
    AdjRibOutPostPolicy = 3,
    LocRib = 4,
}
