using System.Buffers;
using SaimirisGateway.Http;

namespace SaimirisGateway.Probes.Submit.Bodies;

/// <summary>Reads one form of a submission's body.</summary>
internal interface IProbeBody
{
    /// <summary>The agents of the submission. The list is complete after <see cref="End"/>.</summary>
    IReadOnlyList<RequestedAgent> Agents { get; }

    /// <summary>Takes the next bytes of the body, and copies those that it needs later.</summary>
    /// <returns>The answer that refuses the body, and reading ends; null to continue.</returns>
    /// <exception cref="IOException">The file of the probes cannot be written.</exception>
    ErrorAnswer? Take(ReadOnlySequence<byte> bytes);

    /// <summary>Ends the body.</summary>
    /// <returns>Why the body is refused; null when it is complete.</returns>
    /// <exception cref="IOException">The file of the probes cannot be written.</exception>
    ErrorAnswer? End();
}
