namespace SaimirisGateway.Storage;

internal enum ReservationOutcome
{
    Reserved,
    LimitExceeded,

    /// <summary>The same request was reserved before: <see cref="Reservation.MeasurementId"/> is that one's.</summary>
    Repeated,

    /// <summary>The key stands for another request.</summary>
    KeyReused,
}
