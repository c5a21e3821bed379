using Shared.Hosting.Service;

namespace Demo;

/// <summary>A capture of real senders' traffic that lies beside the program.</summary>
/// <param name="Name">The program that sent it.</param>
/// <param name="Path">The file.</param>
internal sealed record BundledCapture(string Name, string Path)
{
    /// <summary>The folders.</summary>
    public const string Bmp = "bmp", SFlow = "sflow";

    /// <summary>All of one kind, by name.</summary>
    /// <exception cref="StartupException">They are not there.</exception>
    public static IReadOnlyList<BundledCapture> Of(string kind)
    {
        string folder = System.IO.Path.Combine(AppContext.BaseDirectory, "captures", kind);
        BundledCapture[] all = !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFiles(folder, "input.pcap*", SearchOption.AllDirectories)
                .Select(file => new BundledCapture(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file)!), file))
                .OrderBy(capture => capture.Name, StringComparer.Ordinal)];
        return all.Length > 0 ? all : throw new StartupException($"there are no captures in {folder}; build the project again, it puts them there");
    }
}
