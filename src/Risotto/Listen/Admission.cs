using System.Net;
using Risotto.Pipeline;
using Shared.Records.Wire;

namespace Risotto.Listen;

/// <summary>Decides whether a source may open a session: the allowed prefixes first, then the limits of the sessions.</summary>
internal sealed class Admission(IReadOnlyList<IPNetwork> allowed, RouterRegistry routers)
{
    private readonly PrefixSet _allowed = new(allowed);

    /// <summary>Opens a session, to be ended by <see cref="RouterRegistry.Close"/>; or returns why not.</summary>
    /// <param name="source">The router.</param>
    /// <param name="router">Its state.</param>
    /// <param name="isAllowed">The source needs no <c>--allow</c>.</param>
    public Refusal TryOpen(IPAddress source, out RouterState? router, bool isAllowed = false)
    {
        router = null;
        var address = Ipv6Address.From(source);
        if (!isAllowed && !_allowed.IsEmpty && !_allowed.Contains(address))
            return Refusal.NotAllowed;
        return routers.TryOpen(address, out router) switch
        {
            SessionLimit.None => Refusal.None,
            SessionLimit.Sessions => Refusal.MaxSessions,
            _ => Refusal.MaxSessionsPerSource,
        };
    }
}
