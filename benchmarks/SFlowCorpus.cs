using System.Buffers.Binary;

namespace Benchmarks;

/// <summary>
/// Makes datagrams of six flow samples: Ethernet frames of IPv6 and IPv4 with TCP, cut after 128 bytes. They are the same in every run.
/// </summary>
internal static class SFlowCorpus
{
    public const int Flows = DatagramCount * SamplesPerDatagram;

    private const int DatagramCount = 2_000, SamplesPerDatagram = 6, HeaderBytes = 128;

    /// <summary>Writes the datagrams ten times to a file of 24 MB.</summary>
    public static int Write(string file)
    {
        byte[] datagrams = Datagrams();
        using var stream = File.Create(file);
        for (int i = 0; i < 10; i++)
            stream.Write(datagrams);
        return 0;
    }

    /// <summary>The datagrams, each after its length in 4 bytes.</summary>
    public static byte[] Datagrams()
    {
        using var file = new MemoryStream();
        for (uint i = 0; i < DatagramCount; i++)
        {
            const uint recordBytes = 16 + HeaderBytes, sampleBytes = 32 + 8 + recordBytes;
            Write(file, 28 + SamplesPerDatagram * (8 + sampleBytes), 5, 1, 0xC0000201, 0, i, i * 10, SamplesPerDatagram);
            for (uint sample = i * SamplesPerDatagram; sample < (i + 1) * SamplesPerDatagram; sample++)
            {
                Write(file, 1, sampleBytes, sample, sample % 48, 1000, sample * 1000, 0, sample % 48, 2, 1);
                Write(file, 1, recordBytes, 1, 1518, 4, HeaderBytes);
                file.Write(Frame(sample));
            }
        }
        return file.ToArray();
    }

    private static byte[] Frame(uint number)
    {
        bool isV6 = number % 6 != 0;
        var frame = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(isV6 ? 0x86DD : 0x0800));
        var ip = frame.AsSpan(14);
        (ip[0], ip[isV6 ? 6 : 9]) = ((byte)(isV6 ? 0x60 : 0x45), 6);
        BinaryPrimitives.WriteUInt16BigEndian(ip[(isV6 ? 4 : 2)..], 1460);
        BinaryPrimitives.WriteUInt32BigEndian(ip[(isV6 ? 36 : 16)..], number * 0x9E3779B1);
        var tcp = ip[(isV6 ? 40 : 20)..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 443);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)number);
        (tcp[12], tcp[13]) = (0x50, 0x18);
        return frame;
    }

    private static void Write(MemoryStream bytes, params ReadOnlySpan<uint> words)
    {
        Span<byte> word = stackalloc byte[4];
        foreach (uint value in words)
        {
            BinaryPrimitives.WriteUInt32BigEndian(word, value);
            bytes.Write(word);
        }
    }
}
