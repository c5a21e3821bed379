using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Reads a body of lines, of any length. A line ends with LF or CRLF; the last line need not.</summary>
internal abstract class LineBody(ProbeAppender probes) : IProbeBody
{
    // The limit includes the line's end.
    private const int MaxLineBytes = 64 << 10;

    private readonly byte[] _pending = new byte[MaxLineBytes];
    private int _length;

    public IReadOnlyList<RequestedAgent> Agents { get; protected set; } = [];

    protected ProbeAppender Probes => probes;

    /// <summary>The number of the present line, from 1.</summary>
    protected long Line { get; private set; }

    public ErrorAnswer? Take(ReadOnlySequence<byte> bytes)
    {
        foreach (var part in bytes)
        {
            if (Take(part.Span) is { } refusal)
                return refusal;
        }
        return null;
    }

    public ErrorAnswer? End() => (_length > 0 ? TakeLine(_pending.AsSpan(0, _length)) : null) ?? EndOfLines();

    /// <param name="line">The line without its end, valid UTF-8.</param>
    protected abstract ErrorAnswer? OnLine(ReadOnlySpan<byte> line);

    /// <summary>Called after the last line.</summary>
    protected virtual ErrorAnswer? EndOfLines() => null;

    protected ErrorAnswer Refuse(string reason) => new(StatusCodes.Status400BadRequest, $"line {Line}: {reason}");

    private ErrorAnswer? Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            if (_length + line.Length >= MaxLineBytes)
            {
                Line++;
                return Refuse($"it is longer than {MaxLineBytes} bytes");
            }
            // A line within one part of the body is not copied.
            if (end < 0 || _length > 0)
            {
                line.CopyTo(_pending.AsSpan(_length));
                _length += line.Length;
                line = _pending.AsSpan(0, _length);
            }
            if (end < 0)
                return null;
            _length = 0;
            if (TakeLine(line) is { } refusal)
                return refusal;
            bytes = bytes[(end + 1)..];
        }
        return null;
    }

    private ErrorAnswer? TakeLine(ReadOnlySpan<byte> line)
    {
        Line++;
        if (line.Length > 0 && line[^1] == (byte)'\r')
            line = line[..^1];
        if (!Utf8.IsValid(line))
            return Refuse("it is no UTF-8");
        try
        {
            return OnLine(line);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Refuse($"it is no JSON ({e.Message})");
        }
    }
}
