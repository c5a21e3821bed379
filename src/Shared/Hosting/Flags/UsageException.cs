namespace Shared.Hosting.Flags;

/// <summary>The command line or the environment is wrong: exit code 2.</summary>
/// <param name="message">One line that names the flag or variable and says what to do.</param>
public sealed class UsageException(string message) : Exception(message);
