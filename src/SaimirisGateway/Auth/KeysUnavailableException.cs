namespace SaimirisGateway.Auth;

/// <summary>There is no key of the provider's to check a token with.</summary>
/// <param name="message">For the user: without the provider's address.</param>
/// <param name="cause">What happened.</param>
internal sealed class KeysUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
