using System.Text.RegularExpressions;
using System.Xml.Linq;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>
/// Checks the arrows of ARCHITECTURE.md. A file may use the types of its own room and of the rooms that its room names. The root of a
/// service wires the rooms and may use all of them; no room may use the root.
/// </summary>
public sealed class DependencyArrowTests
{
    private const int MaxExceptions = 5;

    private static readonly Dictionary<string, Room[]> Rooms = new()
    {
        ["Shared"] = SharedRooms.All,
        ["Risotto"] = RisottoRooms.All,
        ["Pesto"] = PestoRooms.All,
        ["SaimirisGateway"] = GatewayRooms.All,
    };

    private static readonly List<SourceFile> Files = [.. SourceFile.All.Where(f => f.IsProduct && Rooms.ContainsKey(f.Project))];

    [Fact]
    public void A_room_uses_the_rooms_that_it_names_and_no_other()
    {
        var uses = Uses().ToList();
        var wrong = uses.Where(u => !u.Room.Exceptions.Contains(u.Type) && !u.Room.Pending.Contains(u.Type))
            .Select(u => $"{u.File.Path} uses {u.Type} of {(u.Owner.Length > 0 ? u.Owner : "the service's root")}");
        var stale = from rooms in Rooms.Values
                    from room in rooms
                    from type in room.Exceptions.Concat(room.Pending)
                    where !uses.Any(u => u.Room == room && u.Type == type)
                    select $"{room.Folder} names {type} and does not use it";
        Assert.True(!wrong.Concat(stale).Any(), string.Join("\n", wrong.Concat(stale)));
    }

    [Fact]
    public void Each_file_of_a_service_is_in_its_root_or_in_a_room() =>
        Assert.Empty(Files.Where(f => f.Folder.Length > 0 && RoomOf(f) is null).Select(f => f.Path));

    [Fact]
    public void A_service_s_root_holds_the_program_the_service_and_its_options()
    {
        var names = new Regex("^(Program|[A-Z][a-z]+(Service|Options))$");
        Assert.Equal([], Files.Where(f => f.Folder.Length == 0 && !names.IsMatch(Path.GetFileNameWithoutExtension(f.Path)))
            .Select(f => f.Path));
    }

    [Fact]
    public void The_suite_has_at_most_five_exceptions() =>
        Assert.InRange(Rooms.Values.Sum(rooms => rooms.Sum(room => room.Exceptions.Length)), 0, MaxExceptions);

    [Fact]
    public void A_room_uses_of_Shared_what_it_names_and_no_other()
    {
        var wrong = from file in Files
                    let room = RoomOf(file)
                    where room is not null && file.Project != "Shared"
                    from Match use in Regex.Matches(file.Code, @"(?<![\w.])Shared\.(?<group>\w+)")
                    let @group = use.Groups["group"].Value
                    where SharedRooms.All.Any(r => r.Folder == @group) && !room.Shared.Contains(@group)
                    select $"{file.Path} uses Shared.{@group}";
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void Frame_and_Decode_know_no_log_no_metric_and_no_Kafka()
    {
        var wrong = from file in Files
                    where file.Project != "Shared" && file.Folder.Split('/') is var parts
                        && (parts.Contains("Frame") || parts.Contains("Decode"))
                    from Match use in Regex.Matches(file.Code, @"^using (?:static )?(?<name>[\w.]+);", RegexOptions.Multiline)
                    let name = use.Groups["name"].Value
                    where !name.StartsWith("System", StringComparison.Ordinal)
                        && !name.StartsWith("Shared.Records.", StringComparison.Ordinal)
                        && !name.StartsWith(file.Project + ".", StringComparison.Ordinal)
                    select $"{file.Path} uses {name}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_service_references_Shared_and_nothing_else_of_the_suite()
    {
        foreach (string project in Rooms.Keys)
        {
            var references = XDocument.Load(Path.Combine(RepositoryFolder.Root, "src", project, project + ".csproj"))
                .Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Equal(project == "Shared" ? [] : ["Shared"], references);
        }
    }

    [Fact]
    public void Shared_holds_no_word_of_a_service()
    {
        var word = new Regex(@"\bbmp|\bbgp|sflow|caracal|risotto|pesto|saimiris", RegexOptions.IgnoreCase);
        var wrong = from file in Files
                    where file.Project == "Shared"
                    from Match match in word.Matches(file.Text)
                    select $"{file.Path}: {match.Value}";
        Assert.Empty(wrong);
    }

    private static Room? RoomOf(SourceFile file) =>
        Rooms[file.Project].Where(room => room.Holds(file.Folder)).MaxBy(room => room.Folder.Length);

    // Finds the uses of types that neither the file's own room nor a room that it names declares.
    private static IEnumerable<(SourceFile File, Room Room, string Type, string Owner)> Uses()
    {
        var owners = Files.SelectMany(f => f.Types.Select(type => (Key: (f.Project, type), f.Folder))).ToLookup(x => x.Key, x => x.Folder);
        return from file in Files
               let room = RoomOf(file)
               where room is not null
               from name in file.Names
               let folders = owners[(file.Project, name)].ToList()
               where folders.Count > 0 && !folders.Any(room.MayUse)
               select (file, room, name, folders[0]);
    }
}
