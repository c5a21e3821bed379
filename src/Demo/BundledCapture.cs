using Shared.Hosting;

namespace Demo;

/// <summary>A capture of a real router's BMP streams that lies beside the program.</summary>
/// <param name="Name">The BGP daemon that wrote it.</param>
/// <param name="Path">The file.</param>
internal sealed record BundledCapture(string Name, string Path)
{
    /// <summary>All of them, by name.</summary>
    /// <exception cref="StartupException">They are not there.</exception>
    public static IReadOnlyList<BundledCapture> All()
    {
        string folder = System.IO.Path.Combine(AppContext.BaseDirectory, "captures");
        BundledCapture[] all = !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFiles(folder, "input.pcap*", SearchOption.AllDirectories)
                .Select(file => new BundledCapture(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file)!), file))
                .OrderBy(capture => capture.Name, StringComparer.Ordinal)];
        return all.Length > 0 ? all : throw new StartupException($"there are no captures in {folder}; build the project again, it puts them there");
    }
}
