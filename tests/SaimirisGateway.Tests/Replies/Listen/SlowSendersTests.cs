using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Shared.Records.Batch;

namespace SaimirisGateway.Tests.Replies.Listen;

public class SlowSendersTests
{
    private const int Slow = 200, Bodies = 30, Replies = 5000;

    [Fact]
    public async Task Agents_that_send_a_byte_a_second_do_not_slow_a_fast_one()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var gateway = await Gateway.StartAsync(new DiscardSink());
        byte[] body = Packets.Pcap(101, false, false, [.. Enumerable.Repeat(Packets.TimeExceeded(), Replies)]);
        await SendAllAsync(gateway, body);
        var alone = await SendAllAsync(gateway, body);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var sockets = new List<Socket>();
        try
        {
            for (int i = 0; i < Slow; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(gateway.EndPoints[0], cancel);
                await socket.SendAsync(Encoding.ASCII.GetBytes(
                    $"POST /agent-api/agent/slow-{i}/replies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + $"{Gateway.Key}\r\nContent-Type: application/vnd.tcpdump.pcap\r\nContent-Length: {body.Length}\r\n\r\n"), cancel);
            }
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            while (!(await gateway.MetricsAsync()).Contains($"saimiris_gateway_reply_bodies {Slow}", StringComparison.Ordinal))
                limit.Token.ThrowIfCancellationRequested();
            var dripping = DripAsync(sockets, body, end.Token);
            var withSlow = await SendAllAsync(gateway, body);
            await end.CancelAsync();
            await dripping;
            // Waiting for the slow agents would take hours. The time of the fast agent has no bound here, because it depends on the
            // machine.
            TestContext.Current.TestOutputHelper?.WriteLine($"alone {alone}, with {Slow} slow ones {withSlow}");
            // The gateway has cut off no slow agent.
            Assert.Contains($"saimiris_gateway_reply_bodies {Slow}", await gateway.MetricsAsync(), StringComparison.Ordinal);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<TimeSpan> SendAllAsync(Gateway gateway, byte[] body)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Bodies; i++)
            Assert.Equal(Replies, (await gateway.SendAsync(body)).Body.GetProperty("accepted").GetInt32());
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task DripAsync(List<Socket> sockets, byte[] body, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (int at = 0; at < body.Length; at++)
            {
                foreach (var socket in sockets)
                    await socket.SendAsync(body.AsMemory(at, 1), end);
                await timer.WaitForNextTickAsync(end);
            }
        }
        catch (OperationCanceledException)
        {
            // The fast agent is done.
        }
    }
}
