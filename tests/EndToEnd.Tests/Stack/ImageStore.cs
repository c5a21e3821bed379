using System.Diagnostics;
using EndToEnd.Tests.Live;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Builds the images of docker/*/Dockerfile with buildah, on replacements for the base images, in a store of its own.</summary>
internal sealed class ImageStore
{
    private readonly string _folder;

    private ImageStore(string folder) => _folder = folder;

    /// <summary>Skips the test unless CONTAINER_IMAGES names a folder. The folder is kept, so that the next run is quicker.</summary>
    public static async Task<ImageStore> CreateAsync(CancellationToken cancel)
    {
        string? folder = Environment.GetEnvironmentVariable("CONTAINER_IMAGES");
        Assert.SkipWhen(string.IsNullOrEmpty(folder),
            "CONTAINER_IMAGES is not set: it names a folder for images, and makes this test build them, which takes minutes");
        Programs.Need("buildah");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "images are built and run as root here");
        await NetworkLab.RunAsync("bash", [Path.Combine(RepositoryFolder.Root, "tests", "EndToEnd.Tests", "Stack", "stand-in-images.sh"),
            folder!, "overlay"], cancel);
        return new ImageStore(folder!);
    }

    /// <summary>Builds the image; gives back where its file system is mounted.</summary>
    public async Task<string> BuildAsync(string image, CancellationToken cancel)
    {
        await BuildahAsync(cancel, "bud", "--isolation", "chroot", "--format", "docker", "--layers", "--volume", "/usr:/usr:ro",
            "--volume", "/etc/ssl:/etc/ssl:ro",
            "--build-arg", "SDK_IMAGE=localhost/dotnet-sdk", "--build-arg", "RUNTIME_IMAGE=localhost/runtime-deps",
            "--file", StackFolder.File(image, "Dockerfile"), "--tag", $"localhost/{image}", RepositoryFolder.Root);
        string container = (await BuildahAsync(cancel, "from", $"localhost/{image}")).Trim();
        return (await BuildahAsync(cancel, "mount", container)).Trim();
    }

    /// <summary>Returns a property of the image, as a Go template of buildah selects it.</summary>
    public async Task<string> InspectAsync(string image, string template, CancellationToken cancel) =>
        (await BuildahAsync(cancel, "inspect", "--format", template, $"localhost/{image}")).Trim();

    public async ValueTask RemoveContainersAsync() => await BuildahAsync(CancellationToken.None, "rm", "--all");

    private async Task<string> BuildahAsync(CancellationToken cancel, params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo("buildah", ["--root", $"{_folder}/store", "--runroot", $"{_folder}/run", "--storage-driver",
            "overlay", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var errors = process.StandardError.ReadToEndAsync(cancel);
        string output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, $"buildah {string.Join(' ', arguments)}: {output}{await errors}");
        return output;
    }
}
