using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>Path segment types, RFC 4271 4.3 and RFC 5065 3.</summary>
internal enum AsPathSegmentType : byte
{
    AsSet = 1,
    AsSequence = 2,
    AsConfedSequence = 3,
    AsConfedSet = 4,
}

/// <summary>
/// Walks AS_PATH (RFC 4271 4.3): segment after segment of type (1), count (1) and that many AS numbers of 2 or 4 bytes; then,
/// where RFC 6793 4.2.3 says so, the segments of AS4_PATH in place of the end of the AS_PATH.
/// </summary>
internal ref struct AsPath
{
    private ReadOnlySpan<byte> _rest, _as4;
    private int _width, _keep;
    private bool _isAs4;

    /// <summary>The AS_PATH alone. <see cref="IsValid"/> has to hold for it.</summary>
    public AsPath(ReadOnlySpan<byte> path, int width)
        : this(path, width, default, int.MaxValue)
    {
    }

    private AsPath(ReadOnlySpan<byte> path, int width, ReadOnlySpan<byte> as4, int keep)
    {
        _rest = path;
        _width = width;
        _as4 = as4;
        _keep = keep;
    }

    /// <summary>The type of the current segment.</summary>
    public AsPathSegmentType Type { get; private set; }

    /// <summary>The AS numbers of the current segment.</summary>
    public int Count { get; private set; }

    private ReadOnlySpan<byte> Numbers { get; set; }

    /// <summary>A 2-byte AS_PATH with its AS4_PATH, both valid, merged as RFC 6793 4.2.3 says.</summary>
    public static AsPath Merged(ReadOnlySpan<byte> path, ReadOnlySpan<byte> as4)
    {
        int surplus = Length(path, 2) - Length(as4, 4);
        return surplus < 0 ? new AsPath(path, 2) : new AsPath(path, 2, as4, surplus);
    }

    /// <summary>
    /// RFC 7606 7.2: known segment types, no empty segment, and the segments end where the attribute ends.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> path, int width)
    {
        while (!path.IsEmpty)
        {
            if (path.Length < 2 || path[0] is < 1 or > 4 || path[1] == 0)
                return false;
            int length = 2 + path[1] * width;
            if (length > path.Length)
                return false;
            path = path[length..];
        }
        return true;
    }

    /// <summary>Whether the path is one AS_SEQUENCE of 4-byte numbers and nothing else, as nearly all paths are.</summary>
    public static bool IsSingleSequence(ReadOnlySpan<byte> path) =>
        path.Length > 2 && path[0] == (byte)AsPathSegmentType.AsSequence && path.Length == 2 + path[1] * 4;

    public bool MoveNext()
    {
        // Confederation segments next to kept ones are kept too.
        if (!_as4.IsEmpty && (_rest.IsEmpty || (_keep == 0 && Weight((AsPathSegmentType)_rest[0], 1) > 0)))
        {
            _rest = _as4;
            _as4 = default;
            _width = 4;
            _keep = int.MaxValue;
            _isAs4 = true;
        }
        int count;
        do
        {
            if (_rest.IsEmpty)
                return false;
            Type = (AsPathSegmentType)_rest[0];
            count = _rest[1];
            Numbers = _rest.Slice(2, count * _width);
            _rest = _rest[(2 + count * _width)..];
        }
        // RFC 6793 6: AS4_PATH must not have confederation segments, so they are left out.
        while (_isAs4 && Weight(Type, 1) == 0);
        // Leading AS numbers that AS4_PATH does not cover: a set counts as one number, a confederation segment as none.
        Count = Type == AsPathSegmentType.AsSequence ? Math.Min(count, _keep) : count;
        if (_keep != int.MaxValue)
            _keep -= Weight(Type, Count);
        return true;
    }

    /// <summary>AS number <paramref name="index"/> of the segment.</summary>
    public readonly uint this[int index] => _width == 4
        ? BinaryPrimitives.ReadUInt32BigEndian(Numbers[(index * 4)..])
        : BinaryPrimitives.ReadUInt16BigEndian(Numbers[(index * 2)..]);

    /// <summary>Whether the rest of the path has AS 0, which no path may have (RFC 7607).</summary>
    public bool HasZero()
    {
        while (MoveNext())
        {
            for (int i = 0; i < Count; i++)
            {
                if (this[i] == 0)
                    return true;
            }
        }
        return false;
    }

    private static int Length(ReadOnlySpan<byte> path, int width)
    {
        int length = 0;
        for (; !path.IsEmpty; path = path[(2 + path[1] * width)..])
            length += Weight((AsPathSegmentType)path[0], path[1]);
        return length;
    }

    private static int Weight(AsPathSegmentType type, int count) => type switch
    {
        AsPathSegmentType.AsSequence => count,
        AsPathSegmentType.AsSet => 1,
        _ => 0,
    };
}
