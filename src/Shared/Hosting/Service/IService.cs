namespace Shared.Hosting.Service;

/// <summary>A service that runs.</summary>
public interface IService : IAsyncDisposable
{
    /// <summary>Drains and ends: records that were read become batches, and the batches are delivered as far as there is time.</summary>
    Task StopAsync();
}
