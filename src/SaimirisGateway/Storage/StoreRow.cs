using System.Data.Common;

namespace SaimirisGateway.Storage;

/// <summary>The row at which a reader stands; columns are counted from 0.</summary>
internal sealed class StoreRow(StoreEngine engine, DbDataReader reader)
{
    public string Text(int column) => reader.GetString(column);

    public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public int Int32(int column) => reader.GetInt32(column);

    public long Int64(int column) => reader.GetInt64(column);

    public bool Bool(int column) => reader.GetBoolean(column);

    public bool? BoolOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetBoolean(column);

    public Guid Guid(int column) => reader.GetGuid(column);

    public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

    public DateTimeOffset Time(int column) => engine.ReadTime(reader, column);

    public DateTimeOffset? TimeOrNull(int column) => reader.IsDBNull(column) ? null : engine.ReadTime(reader, column);
}
