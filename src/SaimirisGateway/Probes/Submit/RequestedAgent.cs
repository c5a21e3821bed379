using System.Net;

namespace SaimirisGateway.Probes.Submit;

/// <summary>An agent as the user names it, and the address that it is to send from; null: none was given.</summary>
internal sealed record RequestedAgent(string Id, IPAddress? SourceAddress);
