using SaimirisGateway.Replies.Decode;

namespace SaimirisGateway.Tests.Replies.Decode;

/// <summary>Tests the encoding of caracal 0.15.3 with the numbers that its own sender wrote.</summary>
public class CaracalProbeTests
{
    [Theory]
    // Frames of tests/Captures/replies/caracal: id 1234, 203.0.113.10, source port 24000.
    [InlineData(1, 37424)]
    [InlineData(2, 37423)]
    [InlineData(5, 37420)]
    public void The_identification_of_a_probe_follows_from_its_fields(byte ttl, ushort identification) =>
        Assert.Equal(identification, CaracalProbe.Identification(1234, [203, 0, 113, 10], 24_000, ttl));

    [Theory]
    // Received at T tenths of a millisecond, sent at T - rtt; the field holds (T - rtt) mod 65535.
    [InlineData(1_000_000, 17, 17)]
    [InlineData(65_535_000, 1, 1)]
    [InlineData(65_535_000, 0, 0)]
    [InlineData(65_535_003, 65_534, 65_534)]
    [InlineData(17_954_206_270_674, 70_000, 4_465)]
    public void A_round_trip_is_read_modulo_65535_tenths(ulong received, ulong sentBefore, ushort rtt)
    {
        var reply = new Reply();
        CaracalProbe.Read(15, (ushort)((received - sentBefore) % 65_535), received * 100_000 + 42_000, reply);
        Assert.Equal((rtt, rtt * 100u + 42, (byte)5), (reply.Rtt, reply.RttMicros, reply.ProbeTtl));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(266)]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(65_535)]
    public void A_length_that_no_probe_has_gives_neither_TTL_nor_time(int length)
    {
        var reply = new Reply { ProbeTtl = 9, Rtt = 9, RttMicros = 9 };
        CaracalProbe.Read(length, 500, 1_000_000_000, reply);
        Assert.Equal((0, 0, 0u), (reply.ProbeTtl, reply.Rtt, reply.RttMicros));
    }

    [Theory]
    [InlineData(11, 1)]
    [InlineData(265, 255)]
    public void The_longest_and_the_shortest_probe_are_read(int length, byte ttl)
    {
        var reply = new Reply();
        CaracalProbe.Read(length, 0, 0, reply);
        Assert.Equal(ttl, reply.ProbeTtl);
    }
}
