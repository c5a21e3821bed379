namespace Shared.Hosting.Service;

/// <summary>Something of a service that runs: an endpoint, a timer, a sink.</summary>
/// <param name="Name">In the log, when it does not stop in time.</param>
/// <param name="StartAsync">Completes when it serves. Throws <see cref="StartupException"/> where the machine does not let it.</param>
/// <param name="StopAsync">
/// Completes when nothing of it is left to do. The token is the end of the time to drain: what is still waiting then gives up.
/// </param>
public sealed record ServicePart(string Name, Func<CancellationToken, Task> StartAsync, Func<CancellationToken, Task> StopAsync);
