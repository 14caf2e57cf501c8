using System.Runtime.CompilerServices;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>Packages of npm, brought once into the build folder.</summary>
internal static class NpmPackage
{
    private static readonly SemaphoreSlim Installing = new(1, 1); // npm keeps one list for the folder

    /// <summary>The package's folder.</summary>
    public static async Task<string> FolderAsync(string name, string version, [CallerFilePath] string file = "")
    {
        string npm = Peers.Require("npm");
        string folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../.build/npm"));
        string package = Path.Combine(folder, "node_modules", name);
        await Installing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (File.Exists(Path.Combine(package, "package.json")))
                return package;
            Directory.CreateDirectory(folder);
            await using SoketProcess install = SoketProcess.Peer(npm, "install", $"{name}@{version}", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts");
            Finished finished = await install.FinishAsync();
            if (finished.ExitCode != 0 && Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail($"npm did not install {name}: {finished.Error}");
            if (finished.ExitCode != 0)
                Assert.Skip($"npm cannot install {name} here");
            return package;
        }
        finally
        {
            Installing.Release();
        }
    }
}
