using Shared.Hosting.Service;

namespace Demo;

/// <summary>A capture of real traffic in the program's folder.</summary>
/// <param name="Name">The program that sent the traffic.</param>
/// <param name="Path">The file.</param>
internal sealed record BundledCapture(string Name, string Path)
{
    /// <summary>The folder of each kind.</summary>
    public const string Bmp = "bmp", SFlow = "sflow";

    /// <summary>Finds all captures of one kind, by name.</summary>
    /// <exception cref="StartupException">There are none.</exception>
    public static IReadOnlyList<BundledCapture> Find(string kind)
    {
        string folder = System.IO.Path.Combine(AppContext.BaseDirectory, "captures", kind);
        BundledCapture[] all = !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFiles(folder, "input.pcap*", SearchOption.AllDirectories)
                .Select(file => new BundledCapture(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file)!), file))
                .OrderBy(capture => capture.Name, StringComparer.Ordinal)];
        return all.Length > 0 ? all
            : throw new StartupException($"there are no captures in {folder}; build the project again to copy them there");
    }
}
