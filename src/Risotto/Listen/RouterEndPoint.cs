using System.Net;

namespace Risotto.Listen;

internal static class RouterEndPoint
{
    /// <summary>In its own family: a socket for both shows IPv4 as mapped, and so may a proxy.</summary>
    public static IPEndPoint Plain(this IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
