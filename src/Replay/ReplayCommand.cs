using System.CommandLine;
using Replay.Decode;
using Replay.Send;
using Shared.Hosting.Flags;

namespace Replay;

/// <summary>Parses the command line and runs the command that it names.</summary>
internal static class ReplayCommand
{
    public const int Success = 0;
    public const int ConnectionFailed = 1;

    /// <summary>Wrong arguments, or a file that is not readable.</summary>
    public const int UsageError = 2;

    public const int Interrupted = 130;

    /// <summary>Runs one command. Records and help go to <paramref name="output"/>, everything else to <paramref name="error"/>.</summary>
    public static async Task<int> RunAsync(string[] args, Stream output, TextWriter error)
    {
        var root = new RootCommand(
            "Reads captures of router traffic, and prints the records that a collector makes of them or sends them to a collector.")
        {
            DecodeCommand.Create(output, error),
            SendCommand.Create(error),
        };
        CommandLine.ReplaceVersion(root, "replay");
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            string help = string.Join(' ',
                ["replay", .. parsed.CommandResult.Command == root ? [] : (string[])[parsed.CommandResult.Command.Name], "--help"]);
            error.WriteLine($"replay: {parsed.Errors[0].Message} (see {help})");
            return UsageError;
        }
        await using var text = new StreamWriter(output, leaveOpen: true);
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = text, Error = error });
    }
}
