using System.Text;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Load.Arrivals;

/// <summary>
/// Reads the fields of update.capnp that say where a record belongs; offsets as <c>capnp compile -ocapnp</c> prints them.
/// </summary>
internal sealed class SourceReader
{
    private const int EpochOffset = 80, SequenceOffset = 88, RouterPointer = 0, CollectorPointer = 10;

    private readonly MessageReader _reader = new();
    private byte[] _collectorBytes = [];
    private string _collector = "";

    /// <summary>Calls <paramref name="take"/> for every record of a Kafka value, in order.</summary>
    /// <exception cref="InvalidDataException">A record cannot be read.</exception>
    public void Read(ReadOnlySpan<byte> value, Action<RecordSource, ulong> take)
    {
        for (int at = 0; at < value.Length;)
        {
            if (!_reader.TryRead(value[at..], out var record, out int consumed)
                || !record.TryReadData(RouterPointer, out var router) || router.Length != 16
                || !record.TryReadText(CollectorPointer, out var collector))
            {
                throw new InvalidDataException($"the record at byte {at} of {value.Length} cannot be read: {_reader.Error}");
            }
            take(new RecordSource(Name(collector), record.ReadUInt64(EpochOffset), Ipv6Address.FromV6(router)),
                record.ReadUInt64(SequenceOffset));
            at += consumed;
        }
    }

    // Millions of records have the same few names.
    private string Name(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.SequenceEqual(_collectorBytes))
        {
            _collectorBytes = bytes.ToArray();
            _collector = Encoding.UTF8.GetString(bytes);
        }
        return _collector;
    }
}
