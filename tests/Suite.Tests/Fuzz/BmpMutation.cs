using System.Buffers.Binary;

namespace Suite.Tests.Fuzz;

/// <summary>
/// Edits BMP messages at the places of their lengths. Mostly it corrects the lengths around the edited part: a message that never passes
/// the framer tests nothing after it.
/// </summary>
internal readonly struct BmpMutation(Mutator mutator)
{
    // The places in a Route Monitoring message: the BGP message, its length, Withdrawn Routes Length, and the byte after it.
    private const int Bgp = BmpStream.HeaderLength + BmpStream.PerPeerHeaderLength, BgpLength = Bgp + 16, Withdrawn = Bgp + 19,
        AfterWithdrawn = Bgp + 21;

    private static ReadOnlySpan<byte> AttributeFlags => [0x40, 0x80, 0xC0, 0xD0];

    private static ReadOnlySpan<byte> AttributeLengths => [0, 1, 2, 3, 4, 4, 6, 8, 8, 10, 12, 16, 20, 20, 24, 32, 40, 255];

    private static ReadOnlySpan<byte> Safis => [1, 2, 4, 128, 128, 5];

    /// <summary>Makes one edit of one message; <paramref name="donor"/> is another message.</summary>
    public void Edit(ReadOnlySpan<byte> donor)
    {
        ref var random = ref mutator.Random;
        var message = Pick();
        switch (random.Below(14))
        {
            case 0 or 1:
                mutator.FlipBit(message.Start, message.Length);
                break;
            case 2:
                mutator.SetByte(message.Start, message.Length);
                break;
            case 3:
                FlipAfterMarker(message);
                break;
            case 4:
                EditLength(message);
                break;
            case 5 when message.Length > BmpStream.HeaderLength + 1:
                // Peer type and flags decide how the rest is read.
                mutator.Bytes[message.Start + BmpStream.HeaderLength + random.Below(2)] ^= (byte)(1 << random.Below(8));
                break;
            case 6 when message.Length > BmpStream.HeaderLength:
                int at = BmpStream.HeaderLength + random.Below(message.Length - BmpStream.HeaderLength);
                int removed = Math.Min(1 + random.Below(random.OneIn(4) ? 64 : 8), message.Length - at);
                mutator.Remove(message.Start + at, removed);
                MendLengths(message, at, -removed);
                break;
            case 7:
                at = random.Below(message.Length + 1);
                MendLengths(message, at, mutator.InsertNoise(message.Start + at));
                break;
            case 8:
                MendLengths(message, message.Length, mutator.Duplicate(message.Start, message.Length));
                break;
            case 9:
                mutator.Insert(message.Start, mutator.Bytes.Slice(message.Start, message.Length).ToArray());
                break;
            case 10:
                mutator.Insert(message.Start, donor);
                break;
            case 11:
                AddAttribute(message);
                break;
            case 12:
                EditFamily(message);
                break;
            default:
                Splice(message, donor);
                break;
        }
    }

    // The messages are where the lengths say, as long as these are sound.
    private MessageRange Pick()
    {
        var bytes = mutator.Bytes;
        var picked = new MessageRange(0, bytes.Length);
        int seen = 0;
        for (int start = 0; BmpStream.LengthAt(bytes, start) is var length and > 0; start += length)
        {
            if (mutator.Random.Below(++seen) == 0)
                picked = new MessageRange(start, length);
        }
        return picked;
    }

    private void FlipAfterMarker(MessageRange message)
    {
        if (message.Length > BgpLength)
            mutator.FlipBit(message.Start + BgpLength, message.Length - BgpLength);
    }

    /// <summary>
    /// Edits one of the lengths that nest in a Route Monitoring message: BMP, BGP, withdrawn routes, attributes, one attribute.
    /// </summary>
    private void EditLength(MessageRange message)
    {
        int start = message.Start;
        switch (mutator.Random.Below(10))
        {
            case 0:
                mutator.EditNumber(start + 1, 4, littleEndian: false);
                break;
            case 1:
                mutator.EditNumber(start + BgpLength, 2, littleEndian: false);
                break;
            case 2:
                mutator.EditNumber(start + Withdrawn, 2, littleEndian: false);
                break;
            case 3:
                mutator.EditNumber(start + AfterWithdrawn, 2, littleEndian: false);
                break;
            default:
                int at = AttributeAt(message, mutator.Random.Below(8));
                if (at > 0)
                    mutator.EditNumber(at + 2, (mutator.Bytes[at] & 0x10) != 0 ? 2 : 1, littleEndian: false);
                break;
        }
    }

    /// <summary>Adds an attribute of any type, with a length that some attribute has, before one of those that are there.</summary>
    private void AddAttribute(MessageRange message)
    {
        ref var random = ref mutator.Random;
        int at = AttributeAt(message, random.Below(8));
        if (at == 0)
            return;
        byte flags = AttributeFlags[random.Below(AttributeFlags.Length)];
        int length = AttributeLengths[random.Below(AttributeLengths.Length)];
        Span<byte> attribute = stackalloc byte[4 + 255];
        int header = (flags & 0x10) != 0 ? 4 : 3;
        attribute.Clear();
        attribute[0] = flags;
        attribute[1] = (byte)(random.OneIn(16) ? random.Below(256) : 1 + random.Below(40));
        attribute[header - 1] = (byte)length;
        bool isSmall = random.OneIn(2);
        for (int i = 0; i < length; i++)
            attribute[header + i] = (byte)random.Below(isSmall ? 4 : 256);
        MendLengths(message, at - message.Start + 1, mutator.Insert(at, attribute[..(header + length)]));
    }

    /// <summary>Writes another AFI and SAFI into MP_REACH_NLRI or MP_UNREACH_NLRI, if there is one.</summary>
    private void EditFamily(MessageRange message)
    {
        ref var random = ref mutator.Random;
        for (int index = 0; index < 16 && AttributeAt(message, index) is var at and > 0; index++)
        {
            int value = at + ((mutator.Bytes[at] & 0x10) != 0 ? 4 : 3);
            if (mutator.Bytes[at + 1] is not (14 or 15) || value + 3 > mutator.Length)
                continue;
            mutator.WriteUInt16(value, 1 + random.Below(2));
            mutator.Bytes[value + 2] = Safis[random.Below(Safis.Length)];
            return;
        }
    }

    // Replaces the rest of the message with bytes of another one.
    private void Splice(MessageRange message, ReadOnlySpan<byte> donor)
    {
        ref var random = ref mutator.Random;
        int at = random.Below(message.Length + 1);
        var tail = donor[random.Below(donor.Length + 1)..];
        mutator.Remove(message.Start + at, message.Length - at);
        int inserted = mutator.Insert(message.Start + at, tail);
        MendLengths(message, at, at + inserted - message.Length);
    }

    // Returns the place of the attribute with this index; 0 if there are fewer.
    private int AttributeAt(MessageRange message, int index)
    {
        var bytes = mutator.Bytes;
        int at = message.Start + AfterWithdrawn;
        if (at + 2 > bytes.Length)
            return 0;
        int withdrawn = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at - 2)..]);
        for (at += withdrawn + 2; index > 0 && at + 4 <= bytes.Length; index--)
            at += (bytes[at] & 0x10) != 0 ? 4 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]) : 3 + bytes[at + 2];
        return at + 4 <= Math.Min(bytes.Length, message.Start + message.Length) ? at : 0;
    }

    // RFC 7854 4.1, RFC 4271 4.1 and 4.3: what encloses the byte `at` of the message has grown by `difference`.
    private void MendLengths(MessageRange message, int at, int difference)
    {
        ref var random = ref mutator.Random;
        if (random.OneIn(8))
            return;
        mutator.WriteUInt32(message.Start + 1, message.Length + difference);
        var bytes = mutator.Bytes[message.Start..];
        if (random.OneIn(8) || at < Withdrawn || bytes.Length < AfterWithdrawn + 2)
            return;
        mutator.WriteUInt16(message.Start + BgpLength, BinaryPrimitives.ReadUInt16BigEndian(bytes[BgpLength..]) + difference);
        int lengthAt = AfterWithdrawn + BinaryPrimitives.ReadUInt16BigEndian(bytes[Withdrawn..]);
        if (bytes.Length < lengthAt + 2)
            return;
        int attributes = BinaryPrimitives.ReadUInt16BigEndian(bytes[lengthAt..]);
        if (at > lengthAt + 2 && at <= lengthAt + 2 + attributes && !random.OneIn(8))
            mutator.WriteUInt16(message.Start + lengthAt, attributes + difference);
    }
}
