using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaimirisGateway.Api;

/// <summary><see cref="Rfc3339"/> in JSON.</summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Rfc3339.TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException("a date and time has to be RFC 3339, such as 2026-08-20T10:00:00Z");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Rfc3339.Text(value));
}
