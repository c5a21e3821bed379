using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Messages;

/// <summary>BGP messages, RFC 4271 4.</summary>
internal static class BgpMessage
{
    public const byte OpenType = 1, UpdateType = 2, NotificationType = 3, KeepAliveType = 4;

    private const ushort AsTrans = 23456;

    public static byte[] Message(byte type, params byte[][] body)
    {
        byte[] content = Join(body);
        return Join(Marker(), UInt16(19 + content.Length), [type], content);
    }

    public static byte[] Marker() => Enumerable.Repeat((byte)0xFF, 16).ToArray();

    /// <summary>RFC 4271 4.3: withdrawn routes, path attributes, NLRI.</summary>
    public static byte[] Update(byte[] attributes, byte[]? nlri = null, byte[]? withdrawn = null) =>
        Message(UpdateType, UInt16(withdrawn?.Length ?? 0), withdrawn ?? [], UInt16(attributes.Length), attributes, nlri ?? []);

    /// <summary>RFC 4271 4.2, with each capability in an optional parameter of its own.</summary>
    public static byte[] Open(uint asNumber, ushort holdTime = 90, uint bgpId = 0x0A000001, params byte[][] capabilities)
    {
        byte[] parameters = Join([.. capabilities.Select(capability => Join([2, (byte)capability.Length], capability))]);
        return OpenWith(asNumber, holdTime, bgpId, Join([(byte)parameters.Length], parameters));
    }

    /// <summary>RFC 9072 2: 255, 255, then 2-byte lengths.</summary>
    public static byte[] ExtendedOpen(uint asNumber, byte shortLength, params byte[][] capabilities)
    {
        byte[] parameters = Join([.. capabilities.Select(capability => Join([2], UInt16(capability.Length), capability))]);
        return OpenWith(asNumber, 90, 0x0A000001, Join([shortLength, 255], UInt16(parameters.Length), parameters));
    }

    public static byte[] OpenWith(uint asNumber, ushort holdTime, uint bgpId, byte[] parameters) =>
        Message(OpenType, [4], UInt16(asNumber > ushort.MaxValue ? AsTrans : (int)asNumber), UInt16(holdTime), UInt32(bgpId), parameters);

    /// <summary>RFC 5492 4.</summary>
    public static byte[] Capability(byte code, params byte[] value) => Join([code, (byte)value.Length], value);

    /// <summary>RFC 6793 3.</summary>
    public static byte[] FourOctetAs(uint asNumber) => Capability(65, UInt32(asNumber));

    /// <summary>RFC 8277 2.1.</summary>
    public static byte[] MultipleLabels(ushort afi, byte safi, byte count) => Capability(8, Join(UInt16(afi), [safi, count]));

    /// <summary>RFC 7911 4; direction 1 receive, 2 send, 3 both.</summary>
    public static byte[] AddPath(ushort afi, byte safi, byte direction) => Capability(69, Join(UInt16(afi), [safi, direction]));
}
