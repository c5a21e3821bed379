using System.Net;

namespace SaimirisGateway.Storage;

internal sealed record AssignedAgent(string AgentId, IPAddress SourceAddress);
