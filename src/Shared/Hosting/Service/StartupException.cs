namespace Shared.Hosting.Service;

/// <summary>The configuration is sound, but the machine cannot provide what it asks for (a port, a file, a name): exit code 1.</summary>
/// <param name="message">One line that names the flag and says what to do.</param>
/// <param name="cause">The system's own error.</param>
public sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
