using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>One prefix of a labelled or VPN family: RFC 8277 2.2 labels, RFC 4364 4.3.4 Route Distinguisher, then the prefix.</summary>
internal readonly ref struct LabelledPrefix
{
    /// <param name="message">The BGP message.</param>
    /// <param name="position">Where the prefix with its path identifier starts; the constructor moves it to the end of the prefix.</param>
    /// <param name="field">The field that holds it; found valid.</param>
    public LabelledPrefix(ReadOnlySpan<byte> message, ref int position, in NlriField field)
    {
        uint pathId = 0;
        if (field.HasPathIds)
        {
            pathId = BinaryPrimitives.ReadUInt32BigEndian(message[position..]);
            position += NlriReader.PathIdLength;
        }
        int bits = message[position];
        var value = message.Slice(position + 1, (bits + 7) >> 3);
        position += 1 + value.Length;
        int labels = NlriReader.LabelCount(value, bits, field.Family, field.HasLabelStacks);
        Labels = value[..(labels * NlriReader.LabelLength)];
        value = value[Labels.Length..];
        bits -= Labels.Length * 8;
        ulong distinguisher = 0;
        if (field.Family.HasRouteDistinguisher)
        {
            distinguisher = BinaryPrimitives.ReadUInt64BigEndian(value);
            value = value[NlriReader.RouteDistinguisherLength..];
            bits -= NlriReader.RouteDistinguisherLength * 8;
        }
        Span<byte> address = stackalloc byte[16];
        NlriReader.CopyPrefix(value, bits, address);
        Route = new RouteIdentity(
            BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
            (byte)bits, pathId, field.HasPathIds, distinguisher);
    }

    public RouteIdentity Route { get; }

    /// <summary>Three bytes for each label: its 20 bits come first.</summary>
    public ReadOnlySpan<byte> Labels { get; }
}
