namespace SaimirisGateway.Storage;

internal sealed record Cancellation(CancellationOutcome Outcome, int Agents);
