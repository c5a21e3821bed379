using Risotto.Tests.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace Risotto.Tests.Curate;

/// <summary>What tells rows of the folded table apart: every field of the records that is part of a route's identity.</summary>
internal readonly record struct FoldedKey(
    string Router, string Peer, byte PeerType, ulong PeerDistinguisher, byte RibView, ushort Afi, byte Safi, string Prefix,
        ulong Distinguisher, uint? PathId);

/// <summary>The topic, folded by (epoch, sequence) as a consumer would: the last record of a route says whether it is there.</summary>
internal sealed class ModelTopic : IBatchSink
{
    private readonly MessageReader _reader = new();
    private readonly Dictionary<FoldedKey, (ulong Epoch, ulong Sequence, string? Attributes)> _rows = [];
    private readonly Lock _gate = new();
    private readonly Queue<RecordBatch> _held = new();

    /// <summary>The broker does not acknowledge; see <see cref="Acknowledge"/>.</summary>
    public bool Holds { get; set; }

    public int Held
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>Batches get lost with the process that sent them.</summary>
    public bool Swallows { get; set; }

    /// <summary>The broker refuses the next batches for good.</summary>
    public int Refuses { get; set; }

    public long Records { get; private set; }

    public long Synthetic { get; private set; }

    public long Lost { get; private set; }

    public long LostAtLastCheck { get; set; }

    /// <summary>Live routes and their attributes.</summary>
    public Dictionary<FoldedKey, string> Fold()
    {
        lock (_gate)
            return _rows.Where(row => row.Value.Attributes is not null).ToDictionary(row => row.Key, row => row.Value.Attributes!);
    }

    /// <summary>What the topic's last record of a route says.</summary>
    public string Last(FoldedKey key)
    {
        lock (_gate)
            return _rows.TryGetValue(key, out var row) ? $"epoch {row.Epoch}, sequence {row.Sequence}: {row.Attributes ?? "withdrawn"}"
                : "none";
    }

    /// <summary>The broker acknowledges what it held back, and what follows.</summary>
    public void Acknowledge()
    {
        Holds = false;
        while (true)
        {
            RecordBatch? batch;
            lock (_gate)
            {
                if (!_held.TryDequeue(out batch))
                    return;
            }
            Submit(batch);
        }
    }

    public void Submit(RecordBatch batch)
    {
        lock (_gate)
        {
            if (Holds)
                _held.Enqueue(batch);
            else if (Swallows)
            {
                Lost += batch.Records;
                batch.Release();
            }
            else if (Refuses > 0)
            {
                Refuses--;
                Lost += batch.Records;
                batch.Drop(RecordState.InFlight, "test");
                batch.Release();
            }
            else
            {
                Take(batch.Value);
                batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
                batch.Release();
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Take(ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            Assert.True(_reader.TryRead(value, out var message, out int consumed), $"{_reader.Error}");
            value = value[consumed..];
            var key = new FoldedKey(
                message.AddressText(0), message.AddressText(1), message.ReadByte(58), message.ReadUInt64(64), message.ReadByte(59),
                    message.ReadUInt16(104),
                message.ReadByte(106), $"{message.AddressText(2)}/{message.ReadByte(18)}", message.ReadUInt64(72), message.ReadBool(157)
                    ? message.ReadUInt32(60) : null);
            (ulong Epoch, ulong Sequence) place = (message.ReadUInt64(80), message.ReadUInt64(88));
            bool announced = message.ReadBool(154);
            Records++;
            Synthetic += message.ReadBool(155) ? 1 : 0;
            if (!_rows.TryGetValue(key, out var row) || place.CompareTo((row.Epoch, row.Sequence)) > 0)
                _rows[key] = (place.Epoch, place.Sequence, announced ? $"{message.Text(3)} {string.Join(' ', message.Numbers(4))}" : null);
        }
    }
}
