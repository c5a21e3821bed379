using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace SaimirisGateway.Tests.Replies.Results.ClickHouse;

/// <summary>
/// A proxy in front of Debian's ClickHouse 18.16, so that ClickHouse.Driver can use it. The server executes every query. It is older than
/// query parameters, the format RowBinaryWithNamesAndTypes, and the types IPv6 and DateTime64, and it stores an array of tuples as one
/// array for each part. The proxy replaces parameters with literals of their type. It declares as IPv6 the columns that are IPv6 in
/// production, whose bytes are the same.
/// </summary>
internal sealed partial class OldClickHouseProxy(Uri server)
{
    private const string Labels = "arrayMap((label, exp, s, ttl) -> tuple(label, exp, s, ttl), `reply_mpls_labels.1`, "
        + "`reply_mpls_labels.2`, `reply_mpls_labels.3`, `reply_mpls_labels.4`)";

    private readonly HttpClient _client = new();
    private KestrelEndpoint? _endpoint;

    public Uri Url => new($"http://default:@{_endpoint!.Bound}/");

    /// <summary>The queries as they arrived, without the values of their parameters.</summary>
    public ConcurrentQueue<string> Queries { get; } = new();

    /// <summary>The status that it answers instead of a result.</summary>
    public int? Failure { get; set; }

    public async Task StartAsync() => _endpoint = await KestrelEndpoint.StartAsync(
        "--clickhouse-url", new HostPort("127.0.0.1", 0), NullLoggerFactory.Instance, new KestrelSetup { Http = AnswerAsync },
        TestContext.Current.CancellationToken);

    public async Task StopAsync()
    {
        await _endpoint!.StopAsync(TestContext.Current.CancellationToken);
        _client.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string sql = await BodyAsync(http.Request);
        Queries.Enqueue(sql);
        if (Failure is { } status)
        {
            http.Response.StatusCode = status;
            await http.Response.WriteAsync("Code: 241. DB::Exception: Memory limit (total) exceeded");
            return;
        }
        sql = Parameter().Replace(sql, match => Literal(match.Groups["type"].Value, Given(http.Request, match.Groups["name"].Value)));
        sql = Nanoseconds().Replace(sql, "toInt64(${column})");
        sql = sql.Replace("reply_mpls_labels", Labels, StringComparison.Ordinal);
        var (code, header) = await RunAsync($"{sql} FORMAT TabSeparatedWithNamesAndTypes");
        if (code != HttpStatusCode.OK)
        {
            http.Response.StatusCode = (int)code;
            await http.Response.Body.WriteAsync(header);
            return;
        }
        string[] lines = Encoding.UTF8.GetString(header).Split('\n');
        string[] names = lines[0].Split('\t'), types = [.. lines[1].Split('\t').Select(type => type == "FixedString(16)" ? "IPv6" : type)];
        using var answer = new MemoryStream();
        using var writer = new BinaryWriter(answer);
        writer.Write7BitEncodedInt(names.Length);
        foreach (string text in names.Concat(types))
            writer.Write(text);
        writer.Write((await RunAsync($"{sql} FORMAT RowBinary")).Answer);
        http.Response.Headers["X-ClickHouse-Format"] = "RowBinaryWithNamesAndTypes";
        await http.Response.Body.WriteAsync(answer.ToArray());
    }

    private async Task<(HttpStatusCode Status, byte[] Answer)> RunAsync(string sql)
    {
        using var content = new StringContent(sql);
        using var response = await _client.PostAsync(server, content);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    private static async Task<string> BodyAsync(HttpRequest request)
    {
        Stream body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var reader = new StreamReader(body);
        string text = await reader.ReadToEndAsync();
        return text.Length > 0 ? text : request.Query["query"].ToString();
    }

    private static string Given(HttpRequest request, string name) =>
        request.Query.TryGetValue("param_" + name, out var value) ? value.ToString()
            : throw new InvalidOperationException($"no value for {name}: {request.QueryString}");

    private static string Literal(string type, string value) => type switch
    {
        "UInt64" => $"toUInt64({ulong.Parse(value)})",
        "Date" => $"toDate('{DateOnly.Parse(value):yyyy-MM-dd}')",
        "IPv6" => $"IPv6StringToNum('{IPAddress.Parse(value)}')",
        "String" => $"'{value.Replace("\\", "\\\\").Replace("'", "\\'")}'",
        _ => throw new InvalidOperationException($"a parameter of type {type}"),
    };

    [GeneratedRegex(@"\{(?<name>\w+):(?<type>\w+)\}")]
    private static partial Regex Parameter();

    // A function of ClickHouse 26.7, where the column is a DateTime64(9).
    [GeneratedRegex(@"toUnixTimestamp64Nano\((?<column>\w+)\)")]
    private static partial Regex Nanoseconds();
}
