using System.Net;
using System.Text;
using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

/// <summary>Reads lists and texts of a record into what tests compare; anything unreadable fails the test.</summary>
internal static class StructReading
{
    public static byte[] Data(this StructReader record, int pointer)
    {
        Assert.True(record.TryReadData(pointer, out var value), $"Data at pointer {pointer} cannot be read");
        return value.ToArray();
    }

    public static string Text(this StructReader record, int pointer)
    {
        Assert.True(record.TryReadText(pointer, out var value), $"Text at pointer {pointer} cannot be read");
        return Encoding.UTF8.GetString(value);
    }

    /// <summary>16 bytes in the words of their family; "::" for 16 zeros.</summary>
    public static string AddressText(this StructReader record, int pointer)
    {
        byte[] bytes = record.Data(pointer);
        Assert.Equal(16, bytes.Length);
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    public static uint[] Numbers(this StructReader record, int pointer)
    {
        Assert.True(record.TryReadList(pointer, ElementSize.FourBytes, out var list), $"List at pointer {pointer} cannot be read");
        uint[] numbers = new uint[list.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = list.UInt32(i);
        return numbers;
    }

    public delegate T ElementReading<T>(StructReader element);

    public static T[] Structs<T>(this StructReader record, int pointer, ElementReading<T> read)
    {
        Assert.True(record.TryReadList(pointer, ElementSize.Composite, out var list), $"List at pointer {pointer} cannot be read");
        var values = new T[list.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = read(list.Struct(i));
        return values;
    }
}
