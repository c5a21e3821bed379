using System.Net;

namespace Risotto.Listen;

internal static class RouterEndPoint
{
    /// <summary>The end point in its own family: a dual-stack socket shows an IPv4 address as a mapped one, and so may a proxy.</summary>
    public static IPEndPoint Plain(this IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
