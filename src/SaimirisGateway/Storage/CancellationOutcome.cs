namespace SaimirisGateway.Storage;

internal enum CancellationOutcome
{
    Cancelled,
    AlreadyComplete,
    AlreadyCancelled,

    /// <summary>Nothing was left to cancel, and by now there is again: somebody changed rows beside the gateway.</summary>
    AlreadyTerminal,
}
