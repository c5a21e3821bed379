using System.Buffers;
using System.Text;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Probes.Submit.Bodies;

namespace SaimirisGateway.Tests.Probes.Submit.Bodies;

/// <summary>Tests bodies that arrive in pieces, and malformed bodies.</summary>
public sealed class ProbeBodyTests : IDisposable
{
    private const string Metadata = """{"metadata":[{"id":"vltcdg01","ip_address":"2a0e:97c0:8a4:c95b:3f80::1"}]""";

    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("gateway-bodies-");
    private readonly OutboxFolder _folder;

    public ProbeBodyTests() => _folder = new OutboxFolder(_parent.FullName);

    public void Dispose()
    {
        _folder.Dispose();
        _parent.Delete(recursive: true);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv")]
    public void The_pieces_in_which_a_body_comes_do_not_matter(string form)
    {
        byte[] body = Body(form, 300);
        var whole = Read(form, [body]);
        Assert.Null(whole.Refusal);
        var random = new Random(11);
        for (int round = 0; round < 50; round++)
        {
            // The pieces have from one byte to several thousand.
            int most = 1 << random.Next(0, 13);
            var pieces = new List<byte[]>();
            for (int at = 0; at < body.Length; at += pieces[^1].Length)
                pieces.Add(body[at..Math.Min(body.Length, at + random.Next(1, most + 1))]);
            var cut = Read(form, pieces);
            Assert.Null(cut.Refusal);
            Assert.Equal((300L, whole.Hash), (cut.Count, cut.Hash));
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv")]
    public void A_broken_body_is_an_answer_and_no_exception(string form)
    {
        byte[] body = Body(form, 5);
        var random = new Random(12);
        byte[] ofInterest = "{}[]\",:\\\n\r\0\x80\xff"u8.ToArray();
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] broken = [.. body];
            for (int change = random.Next(1, 4); change > 0; change--)
                broken[random.Next(broken.Length)] = random.Next(2) == 0 ? ofInterest[random.Next(ofInterest.Length)]
                    : (byte)random.Next(256);
            var refusal = Read(form, [broken[..random.Next(broken.Length / 2, broken.Length + 1)]]).Refusal;
            Assert.True(refusal is null or { Status: 400 or 422, Message.Length: > 0 }, Encoding.Latin1.GetString(broken));
            refused += refusal is null ? 0 : 1;
        }
        Assert.InRange(refused, 1000, 3000);
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv")]
    public void A_line_without_an_end_is_given_up_at_64_KiB(string form)
    {
        byte[] start = Body(form, 1);
        var refusal = Read(form, [start, .. Enumerable.Repeat("          "u8.ToArray(), 6554)]).Refusal;
        Assert.Equal((400, $"line {(form == "text/csv" ? 2 : 3)}: it is longer than 65536 bytes"), (refusal!.Status, refusal.Message));
    }

    private (ErrorAnswer? Refusal, long Count, string Hash) Read(string form, IEnumerable<byte[]> pieces)
    {
        using var file = _folder.Create(Guid.NewGuid());
        var headers = new SubmissionHeaders(form, [], null);
        var body = headers.CreateBody(new ProbeAppender(file, long.MaxValue, long.MaxValue, TimeProvider.System));
        var refusal = pieces.Select(piece => body.Take(new ReadOnlySequence<byte>(piece)))
            .FirstOrDefault(answer => answer is not null) ?? body.End();
        return (refusal, file.Count, Convert.ToHexString(file.Finish()));
    }

    private static byte[] Body(string form, int probes) => Encoding.UTF8.GetBytes(form switch
    {
        "application/json" => $"{Metadata},\"probes\":[{string.Join(",\n", Enumerable.Range(0, probes).Select(SubmissionBench.Probe))}]}}",
        "application/x-ndjson" =>
            $"{Metadata}}}\n{string.Concat(Enumerable.Range(0, probes).Select(number => SubmissionBench.Probe(number) + "\r\n"))}",
        _ => string.Concat(Enumerable.Range(0, probes).Select(number => $"2001:db8::{number:x},24000,33434,{1 + (number % 32)},icmp6\n")),
    });
}
