using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Probes.Submit;

/// <summary>A submission by lines, of any length: they end with LF or CRLF, and only the last may lack its end.</summary>
internal abstract class LineBody(ProbeIntake intake) : IProbeBody
{
    /// <summary>With its end.</summary>
    public const int MaxLineBytes = 64 << 10;

    private readonly byte[] _pending = new byte[MaxLineBytes];
    private int _length;

    public IReadOnlyList<RequestedAgent> Agents { get; protected set; } = [];

    protected ProbeIntake Intake => intake;

    /// <summary>Of the present line, from 1.</summary>
    protected long Line { get; private set; }

    public SubmissionAnswer? Take(ReadOnlySequence<byte> octets)
    {
        foreach (var part in octets)
        {
            if (Take(part.Span) is { } refusal)
                return refusal;
        }
        return null;
    }

    public SubmissionAnswer? End() => (_length > 0 ? TakeLine(_pending.AsSpan(0, _length)) : null) ?? EndOfLines();

    /// <param name="line">Without its end; UTF-8.</param>
    protected abstract SubmissionAnswer? OnLine(ReadOnlySpan<byte> line);

    /// <summary>Behind the last line.</summary>
    protected virtual SubmissionAnswer? EndOfLines() => null;

    protected SubmissionAnswer Refuse(string reason) => new(StatusCodes.Status400BadRequest, $"line {Line}: {reason}");

    private SubmissionAnswer? Take(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            if (_length + line.Length >= MaxLineBytes)
            {
                Line++;
                return Refuse($"it is longer than {MaxLineBytes} bytes");
            }
            // A line within one piece is read where it lies.
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
            octets = octets[(end + 1)..];
        }
        return null;
    }

    private SubmissionAnswer? TakeLine(ReadOnlySpan<byte> line)
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
