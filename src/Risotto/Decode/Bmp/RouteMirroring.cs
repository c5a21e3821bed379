using Risotto.Frame;
using Shared.Records.Wire;

namespace Risotto.Decode.Bmp;

/// <summary>
/// Route Mirroring, RFC 7854 4.7, after the per-peer header: TLVs of Type (2), Length (2), value: 0 a BGP message as it was
/// received, 1 an information code. It is checked and counted; mirrored messages make no records.
/// </summary>
internal static class RouteMirroring
{
    public static bool TryRead(ReadOnlySpan<byte> body, int offset, out BmpError error)
    {
        if (InformationTlv.TryCheck(new WireReader(body, offset), out error))
            return true;
        error = error with { Code = BmpErrorCode.RouteMirroringTruncated };
        return false;
    }
}
