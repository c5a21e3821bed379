using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using SaimirisGateway.Tests;

namespace EndToEnd.Tests.Faults;

/// <summary>An agent that sends one body after the other. Each reply has its own capture time, which identifies it.</summary>
internal sealed class ReplyAgent(string name) : IDisposable
{
    public const int RepliesPerBody = 500;

    private const int FileHeader = 24, RecordHeader = 16;

    private static readonly byte[] Packet = Packets.TimeExceeded();

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(5) };
    private uint _body;
    private int _answeredBodies;

    public string Name => name;

    /// <summary>The number of answered bodies. Unlike <see cref="Answered"/>, it can be read while the agent sends.</summary>
    public int AnsweredBodies => Volatile.Read(ref _answeredBodies);

    /// <summary>The capture times of the replies of answered bodies, in nanoseconds since 1970.</summary>
    public HashSet<ulong> Answered { get; } = [];

    /// <summary>Sends the next body, once; null: no answer, because the gateway is gone.</summary>
    public async Task<(HttpStatusCode Status, string? RetryAfter)?> SendAsync(IPEndPoint gateway, CancellationToken cancel)
    {
        uint body = ++_body;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{gateway}/agent-api/agent/{name}/replies")
        {
            Content =
            new ByteArrayContent(Pcap(body))
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.tcpdump.pcap");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AgentKey);
        try
        {
            using var response = await _client.SendAsync(request, cancel);
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                for (uint i = 0; i < RepliesPerBody; i++)
                    Answered.Add((body * 1_000_000_000ul) + (i * 1000));
                Volatile.Write(ref _answeredBodies, _answeredBodies + 1);
            }
            return (response.StatusCode, response.Headers.RetryAfter?.ToString());
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();

    // Reply i of body b is captured at second b, microsecond i.
    private static byte[] Pcap(uint body)
    {
        byte[] file = new byte[FileHeader + (RepliesPerBody * (RecordHeader + Packet.Length))];
        Packets.Pcap(101, false, false).CopyTo(file, 0);
        for (int i = 0, at = FileHeader; i < RepliesPerBody; i++, at += RecordHeader + Packet.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), body);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), i);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), Packet.Length);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 12), Packet.Length);
            Packet.CopyTo(file, at + RecordHeader);
        }
        return file;
    }
}
