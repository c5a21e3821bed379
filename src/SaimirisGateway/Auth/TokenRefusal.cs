namespace SaimirisGateway.Auth;

/// <summary>Why a user is not let in; told as <c>{"error": text}</c>.</summary>
/// <param name="Status">401; 500 where the gateway is not set up for tokens; 503 where the provider's keys cannot be had.</param>
/// <param name="Text">Holds nothing of the token and no address of the provider's.</param>
internal sealed record TokenRefusal(int Status, string Text);
