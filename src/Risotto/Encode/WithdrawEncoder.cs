using System.Runtime.InteropServices;
using Risotto.Decode.Bgp;
using Risotto.Record;
using Shared.Records.CapnProto;

namespace Risotto.Encode;

/// <summary>Writes synthetic withdraws: <c>Update</c> records with <c>synthetic</c> set and without attributes.</summary>
internal static class WithdrawEncoder
{
    /// <summary>The space that a record needs.</summary>
    public static int MaxSize(RecordTemplate template) => Block64.RoundUp(template.Length + UpdateEncoder.UnknownOriginLength);

    /// <summary>Writes the record to the start of <paramref name="space"/> and returns its length.</summary>
    public static int Encode(
        Span<byte> space, RecordTemplate template, AddressFamily family, in RouteIdentity route, ulong nowNs, ulong sequence)
    {
        Block64.Copy(template.Bytes, space);
        ref var row = ref MemoryMarshal.AsRef<UpdateRow>(space);
        row.TimeReceivedNs = row.TimeBmpHeaderNs = nowNs;
        row.Bits |= UpdateBits.Synthetic | (route.HasPathId ? UpdateBits.HasPathId : 0);
        row.Afi = family.Afi;
        row.Safi = family.Safi;
        UpdateEncoder.WriteRoute(ref row, family, route);
        row.Sequence = sequence;
        int end = template.Length;
        UpdateEncoder.WriteUnknownOrigin(space, ref end);
        row.SegmentWords = (uint)(end - 8) / 8;
        return end;
    }
}
