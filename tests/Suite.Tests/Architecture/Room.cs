namespace Suite.Tests.Architecture;

/// <summary>A folder of a project and the rooms that its files may use.</summary>
/// <param name="Folder">The folder below the project. Its subfolders belong to it, unless they are rooms of their own.</param>
/// <param name="Rooms">The rooms of the same project whose types it may use.</param>
/// <param name="Shared">The groups and folders of Shared that it may use. <c>Records</c> means all folders in it.</param>
internal sealed record Room(string Folder, string[] Rooms, string[] Shared)
{
    /// <summary>Types of other rooms that it may use as well. The whole suite has at most five, each with its reason next to it.</summary>
    public string[] Exceptions { get; init; } = [];

    /// <summary>Types of other rooms that it uses today and must not use in the end.</summary>
    public string[] Pending { get; init; } = [];

    public bool Holds(string folder) => folder == Folder || folder.StartsWith(Folder + '/', StringComparison.Ordinal);

    public bool MayUse(string folder) =>
        Holds(folder) || Rooms.Any(room => folder == room || folder.StartsWith(room + '/', StringComparison.Ordinal));
}
