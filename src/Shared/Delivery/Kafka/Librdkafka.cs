using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Loads one librdkafka for the process. Confluent.Kafka brings several builds of it, tries them by name, and may load another version
/// that the system has; but the embedded broker and the producer must call into the same file. So this class chooses one packaged
/// file by its path and binds both sets of imports to it.
/// </summary>
public static class Librdkafka
{
    private static readonly Lazy<nint> Handle = new(Load);

    /// <summary>The file in use, after <see cref="EnsureLoaded"/>.</summary>
    public static string Path { get; private set; } = "";

    /// <summary>Loads the library. Call it before the first use of Confluent.Kafka; later calls do nothing.</summary>
    /// <exception cref="DllNotFoundException">No packaged build of librdkafka loads on this system.</exception>
    public static void EnsureLoaded() => _ = Handle.Value;

    private static nint Load()
    {
        var handle = LoadPackagedFile();
        // Library.Load(path) would do for Confluent.Kafka alone, but it needs a libdl.so, which only development packages have.
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, _, _) => Resolve(name, handle));
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => Resolve(name, handle));
        Library.Load();
        return handle;
    }

    private static nint Resolve(string name, nint handle) => name.EndsWith("librdkafka", StringComparison.Ordinal) ? handle : 0;

    private static nint LoadPackagedFile()
    {
        var tried = new List<string>();
        foreach (string file in Candidates().Where(File.Exists))
        {
            // A build for another C library, or one that needs an absent libsasl2, does not load. The next one may.
            if (NativeLibrary.TryLoad(file, out nint handle))
            {
                Path = file;
                return handle;
            }
            tried.Add(file);
        }
        throw new DllNotFoundException(tried.Count == 0
            ? "librdkafka: no packaged file found next to the program; publish it with its runtimes/ folder"
            : $"librdkafka: none of the packaged files loads on this system: {string.Join(", ", tried)}");
    }

    /// <summary>
    /// Lists files of the runtime's own native folders: runtimes/RID/native of a build, the program's folder when published.
    /// </summary>
    private static IEnumerable<string> Candidates()
    {
        string listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        string[] names = OperatingSystem.IsWindows() ? ["librdkafka.dll"]
            : OperatingSystem.IsMacOS() ? ["librdkafka.dylib"]
            : ["librdkafka.so", "centos8-librdkafka.so", "alpine-librdkafka.so"];
        string[] directories =
            [.. listed.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), AppContext.BaseDirectory];
        return from directory in directories
               from name in names
               select System.IO.Path.Combine(directory, name);
    }
}
