using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Tests.House;

/// <summary>The arrows between the rooms run one way.</summary>
public sealed partial class ArrowTests
{
    private static readonly string[] _ground = ["Languages", "Explain", "Endpoints", "Options", "Events", "Protocols", "Transports", "Middleware"];

    // A room that is missing here fails the first test: whoever builds one says where it stands.
    private static readonly Dictionary<string, string[]> _mayUse = new(StringComparer.Ordinal)
    {
        ["Languages"] = [],
        ["Protocols"] = [],
        ["Endpoints"] = ["Languages"],
        ["Explain"] = ["Endpoints", "Languages"],
        ["Options"] = ["Explain", "Languages"],
        ["Events"] = ["Endpoints", "Explain", "Languages"],
        ["Transports"] = ["Events", "Options", "Endpoints", "Explain", "Languages"],
        ["Middleware"] = ["Transports", "Events", "Options", "Endpoints", "Explain", "Languages", "Protocols"],
        ["Services"] = _ground,
        ["Clients"] = [.. _ground, "Services"],
        ["Hosting"] = [.. _ground, "Services"],
        ["Programs"] = _ground,
        ["SocketTable"] = ["Endpoints", "Explain", "Languages"],
        ["Probe"] = [.. _ground, "Services", "Clients"],
        ["Dns"] = [.. _ground, "Services", "Clients"],
        ["Relay"] = [.. _ground, "Services", "Clients"],
        ["Web"] = ["Transports"],
        ["Http"] = [.. _ground, "Services", "Clients", "Dns", "Web"],
        ["Chat"] = [.. _ground, "Services", "Clients", "Web"],
        ["Capture"] = _ground,
        ["Bench"] = [.. _ground, "Services", "Clients"],
    };

    [Fact]
    public void Every_room_of_the_library_has_its_place()
    {
        Assert.Empty(Rooms().Except(_mayUse.Keys));
        Assert.DoesNotContain(Repository.Files, file => LooseFile().IsMatch(file));
    }

    [Fact]
    public void The_table_itself_has_no_circle()
    {
        var above = new List<string>();
        foreach (string room in _mayUse.Keys)
            Visit(room);

        void Visit(string room)
        {
            Assert.False(above.Contains(room), $"circle: {string.Join(" -> ", above)} -> {room}");
            above.Add(room);
            foreach (string below in _mayUse[room])
                Visit(below);
            above.RemoveAt(above.Count - 1);
        }
    }

    [Fact]
    public void A_room_uses_only_the_rooms_below_it()
    {
        var wrong = new List<string>();
        foreach (string file in Sources("src/Soket/"))
        {
            string room = file.Split('/')[2];
            // Both a using directive and a name written out in full are an arrow.
            foreach (Match match in RoomName().Matches(WithoutComments(Repository.Read(file))))
            {
                string used = match.Groups["room"].Value;
                if (used != room && _mayUse.ContainsKey(used) && !_mayUse.GetValueOrDefault(room, []).Contains(used))
                    wrong.Add($"{file}: {room} -> {used}");
            }
        }

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void A_namespace_is_its_room()
    {
        Assert.Empty(
            from file in Sources("src/Soket/")
            let room = file.Split('/')[2]
            let name = Namespace().Match(Repository.Read(file)).Groups["name"].Value
            where name != $"Soket.{room}" && !name.StartsWith($"Soket.{room}.", StringComparison.Ordinal)
                && !name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal)
            select $"{file}: {name}");
    }

    [Fact]
    public void The_library_knows_neither_Linux_nor_the_command_line()
    {
        Assert.Empty(
            from file in Sources("src/Soket/")
            where UpwardName().IsMatch(WithoutComments(Repository.Read(file)))
            select file);
        Assert.Empty(
            from file in Sources("src/Soket.Linux/")
            where Regex.IsMatch(WithoutComments(Repository.Read(file)), @"\bSoket\.Cli\b")
            select file);
    }

    [Fact]
    public void Native_code_lives_in_Soket_Linux_alone()
    {
        // Two functions of Windows, called without unsafe code, are no platform's assembly of their own.
        const string WindowsTable = "src/Soket/SocketTable/WindowsSocketTable.cs";
        Assert.Equal(
            [WindowsTable],
            from file in Sources("src/")
            where !file.StartsWith("src/Soket.Linux/", StringComparison.Ordinal)
            where NativeCode().IsMatch(Code(Repository.Read(file)))
            select file);
        Assert.Empty(
            from file in Repository.Files
            where file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal)
            where file != "src/Soket.Linux/Soket.Linux.csproj" && Repository.Read(file).Contains("AllowUnsafeBlocks", StringComparison.Ordinal)
            select file);
    }

    [Fact]
    public void The_library_writes_to_no_console()
    {
        Assert.Empty(
            from file in Sources("src/Soket/").Concat(Sources("src/Soket.Linux/"))
            where Regex.IsMatch(Code(Repository.Read(file)), @"(?<![\w.])(System\.)?Console\.")
            select file);
    }

    private static IEnumerable<string> Rooms() => Sources("src/Soket/").Select(file => file.Split('/')[2]).Distinct();

    private static IEnumerable<string> Sources(string folder) => Repository.Files.Where(file =>
        file.StartsWith(folder, StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal) && !LooseFile().IsMatch(file));

    private static string WithoutComments(string source) => Comment().Replace(source, "");

    // Without strings as well: a message may well speak of the console.
    private static string Code(string source) => Literal().Replace(WithoutComments(source), "\"\"");

    [GeneratedRegex(@"^src/Soket/[^/]+\.cs$")]
    private static partial Regex LooseFile();

    [GeneratedRegex(@"\bSoket\.(?<room>[A-Z]\w*)")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bSoket\.(Linux|Cli|Lab)\b")]
    private static partial Regex UpwardName();

    [GeneratedRegex(@"\bunsafe\b|\[\s*(DllImport|LibraryImport)\b")]
    private static partial Regex NativeCode();

    [GeneratedRegex(@"(^|(?<=[\s;{}()]))//[^\r\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(""""
        """.*?"""|@"([^"]|"")*"|"(\\.|[^"\\\r\n])*"
        """", RegexOptions.Singleline)]
    private static partial Regex Literal();
}
