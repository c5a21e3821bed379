namespace SaimirisGateway.Storage;

[Flags]
internal enum MeasurementStates
{
    None = 0,
    Complete = 1,
    InProgress = 2,
    Cancelled = 4,
}
