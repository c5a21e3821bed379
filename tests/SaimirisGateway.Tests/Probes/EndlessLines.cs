using System.Text;

namespace SaimirisGateway.Tests.Probes;

/// <summary>A first line, and then another again and again; it ends only with its reader, or after so many lines.</summary>
internal sealed class EndlessLines(string first, string line, long lines = long.MaxValue) : Stream
{
    private readonly byte[] _lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line + "\n", 1000)));
    private byte[] _pending = Encoding.UTF8.GetBytes(first + "\n");
    private int _at;
    private long _left = lines / 1000;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == _pending.Length)
        {
            if (_left-- == 0)
                return 0;
            (_pending, _at) = (_lines, 0);
        }
        int taken = Math.Min(count, _pending.Length - _at);
        _pending.AsSpan(_at, taken).CopyTo(buffer.AsSpan(offset));
        _at += taken;
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
