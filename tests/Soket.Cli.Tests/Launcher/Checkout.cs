using System.Diagnostics;
using Xunit;

namespace Soket.Cli.Tests.Launcher;

/// <summary>
/// A fresh copy of the sources in a folder with a space in its name, on which two first calls of <c>./soket</c> were made at once.
/// </summary>
/// <remarks>Building takes some seconds, so one copy serves every test; each leaves the sources as it found them.</remarks>
public sealed class Checkout : IAsyncLifetime
{
    /// <summary>Tells its process number, its arguments, and returns their count: enough to see what the launcher passes on.</summary>
    public const string Program = """
        System.Console.Out.Write(System.Environment.ProcessId + "|" + string.Join("|", args));
        return args.Length;
        """;

    private readonly string _home = Directory.CreateTempSubdirectory("soket-launcher-").FullName;

    public string Root => Path.Combine(_home, "a checkout");

    /// <summary>Where the launcher keeps its builds, and its lock.</summary>
    public string Builds => Path.Combine(Root, ".build", "launcher");

    public string Source => Path.Combine(Root, "src", "Soket.Cli", "Program.cs");

    public IReadOnlyList<Call> FirstCalls { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (OperatingSystem.IsWindows())
            return;

        string root = FindRoot();
        Copy(new DirectoryInfo(Path.Combine(root, "src")), Path.Combine(Root, "src"));
        foreach (string file in (string[])["soket", "global.json", ".editorconfig", "Directory.Build.props", "Directory.Packages.props"])
            File.Copy(Path.Combine(root, file), Path.Combine(Root, file));
        await File.WriteAllTextAsync(Source, Program);
        FirstCalls = await CallFirstAsync([]);
    }

    /// <summary>Makes two calls at once where nothing is built: what was built before is gone.</summary>
    /// <param name="variables">What their environment has of SOKET_*.</param>
    public async Task<IReadOnlyList<Call>> CallFirstAsync(Dictionary<string, string> variables)
    {
        if (Directory.Exists(Builds))
            Directory.Delete(Builds, recursive: true);
        string path = Path.Combine(Root, "soket");
        return await Task.WhenAll(RunWith(variables, path, "C", []), RunWith(variables, path, "C", ["one", "two words"]));
    }

    /// <summary>Calls the launcher, as a shell in another folder would.</summary>
    public Task<Call> Run(params string[] arguments) => RunAs(Path.Combine(Root, "soket"), "C", arguments);

    /// <summary>Calls the launcher by another name and in another language.</summary>
    public Task<Call> RunAs(string path, string locale, params string[] arguments) => RunWith([], path, locale, arguments);

    private async Task<Call> RunWith(Dictionary<string, string> variables, string path, string locale, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = _home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.ToArray())
        {
            if (name.StartsWith("SOKET_", StringComparison.Ordinal) || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
                start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = locale;
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("The launcher did not end: " + await error);
        }

        return new Call(process.Id, process.ExitCode, await output, await error);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_home, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (FileInfo file in from.EnumerateFiles())
            file.CopyTo(Path.Combine(to, file.Name));
        foreach (DirectoryInfo folder in from.EnumerateDirectories().Where(folder => folder.Name is not ("bin" or "obj")))
            Copy(folder, Path.Combine(to, folder.Name));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Soket.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("No Soket.slnx above " + AppContext.BaseDirectory);
    }

    /// <summary>What a call of the launcher came to.</summary>
    public sealed record Call(int ProcessId, int ExitCode, string Output, string Error);
}
