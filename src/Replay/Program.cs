using Replay;

return await ReplayCommand.RunAsync(args, Console.OpenStandardOutput(), Console.Error);
