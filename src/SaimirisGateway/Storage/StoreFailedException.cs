namespace SaimirisGateway.Storage;

/// <summary>The store did not do what a request needs.</summary>
/// <param name="message">The text for the client. It says nothing about the database.</param>
/// <param name="cause">The driver's exception, for the log.</param>
internal sealed class StoreFailedException(string message, Exception cause) : Exception(message, cause);

internal static class StoreCalls
{
    /// <summary>Awaits a call of the store, and gives its failure the text that the client gets.</summary>
    /// <exception cref="StoreFailedException">The call failed.</exception>
    public static async Task<T> OrFail<T>(this Task<T> call, string message)
    {
        try
        {
            return await call;
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new StoreFailedException(message, e);
        }
    }
}
