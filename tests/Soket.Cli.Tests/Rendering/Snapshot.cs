using System.Runtime.CompilerServices;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

/// <summary>Expected text in a file beside the tests, compared exactly; UPDATE_SNAPSHOTS=1 writes it anew, for the difference to be read before it is committed.</summary>
internal static class Snapshot
{
    public static void Matches(string name, IEnumerable<string> lines, [CallerFilePath] string source = "")
    {
        string file = Path.Combine(Path.GetDirectoryName(source)!, "Snapshots", name + ".txt");
        string actual = string.Join('\n', lines) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(file, actual);
        Assert.True(File.Exists(file), $"{file} is missing; UPDATE_SNAPSHOTS=1 writes it.");
        Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), actual);
    }
}
