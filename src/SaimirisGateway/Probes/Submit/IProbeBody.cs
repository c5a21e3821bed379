using System.Buffers;

namespace SaimirisGateway.Probes.Submit;

/// <summary>One form of a submission's body.</summary>
internal interface IProbeBody
{
    /// <summary>Whom it asks for; complete behind <see cref="End"/>.</summary>
    IReadOnlyList<RequestedAgent> Agents { get; }

    /// <summary>The body's next octets, which are copied or done with. Not null: why it is refused; no more of it is read.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    SubmissionAnswer? Take(ReadOnlySequence<byte> octets);

    /// <summary>The body is at its end. Not null: why it is refused.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    SubmissionAnswer? End();
}
