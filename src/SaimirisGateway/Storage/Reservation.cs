namespace SaimirisGateway.Storage;

/// <param name="MeasurementId">For a key that is known, the one that it stands for; empty where the limit is exceeded.</param>
internal sealed record Reservation(ReservationOutcome Outcome, Guid MeasurementId);
