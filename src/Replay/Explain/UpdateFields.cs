using Risotto.Decode;

namespace Replay.Explain;

/// <summary>All NLRI fields of an UPDATE, read as the pipeline reads them, in the order in which the pipeline takes them.</summary>
internal sealed class UpdateFields
{
    private readonly DecodedUpdate _part = new();
    private readonly List<NlriField> _fields = [];

    private UpdateFields(DecodedUpdate update) => Update = update;

    /// <summary>The result of reading the whole UPDATE: its attributes and its worst error.</summary>
    public DecodedUpdate Update { get; }

    public IReadOnlyList<NlriField> Fields => _fields;

    public static UpdateFields Read(ReadOnlySpan<byte> bgp, int offset, PeerView view)
    {
        var update = new DecodedUpdate();
        UpdateDecoder.Decode(bgp, offset, view, update, UpdatePart.Whole);
        var fields = new UpdateFields(update);
        if (update.HasMore)
            fields.ReadParts(bgp, offset, view);
        else
            fields.Add(update);
        return fields;
    }

    /// <summary>The field whose first prefix starts at the byte of the BGP message.</summary>
    public bool TryFind(int start, out NlriField field)
    {
        int index = _fields.FindIndex(f => f.Start == start);
        field = index < 0 ? default : _fields[index];
        return index >= 0;
    }

    private void ReadParts(ReadOnlySpan<byte> bgp, int offset, PeerView view)
    {
        var part = UpdatePart.Whole.Next(hasMore: true);
        while (part is { } current)
        {
            UpdateDecoder.Decode(bgp, offset, view, _part, current);
            Add(_part);
            part = current.Next(_part.HasMore);
        }
    }

    private void Add(DecodedUpdate update)
    {
        for (int index = 0; index < DecodedUpdate.FieldCount; index++)
        {
            if (update.HasField(index))
                _fields.Add(update.Fields[index]);
        }
    }
}
