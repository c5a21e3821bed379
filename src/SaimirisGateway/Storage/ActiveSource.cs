using System.Net;

namespace SaimirisGateway.Storage;

internal sealed record ActiveSource(string AgentId, IPAddress SourceAddress, Guid MeasurementId);
