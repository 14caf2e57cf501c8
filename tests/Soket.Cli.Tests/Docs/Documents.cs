using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>The repository's documents whose commands are run.</summary>
internal static class Documents
{
    // UPDATE_SNAPSHOTS=1: what the commands show is written into the documents. Read the difference before you commit it.
    private static readonly bool _accept = Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    // SOKET_DOCUMENTS=lab3: only the documents with that in their path, while one is being written.
    private static readonly string _only = Environment.GetEnvironmentVariable("SOKET_DOCUMENTS") ?? "";

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The documents that type something in a terminal, as paths below <see cref="Root"/>.</summary>
    public static TheoryData<string> ThatType(Func<string, bool> which)
    {
        var data = new TheoryData<string>();
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Root, "README*.md"))
            .Order(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string document = Path.GetRelativePath(Root, file);
            if (which(document) && document.Contains(_only, StringComparison.Ordinal) && DocumentBlock.Read(File.ReadAllText(file)).Any(block => block.IsConsole))
                data.Add(document);
        }

        return data;
    }

    /// <summary>Whether its reader reads Indonesian: the name ends with .id.md.</summary>
    public static bool IsIndonesian(string document) => document.EndsWith(".id.md", StringComparison.Ordinal);

    /// <summary>Runs a document's commands, and fails the test where they show something else than it says.</summary>
    public static async Task ShowsWhatHappensAsync(string document)
    {
        string file = Path.Combine(Root, document);
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        string language = IsIndonesian(document) ? "id" : "en";
        try
        {
            if (_accept)
                await File.WriteAllTextAsync(file, await DocumentRun.AcceptAsync(text, language), CancellationToken.None);
            else
                await DocumentRun.RunAsync(text, language);
        }
        catch (DocumentDiffersException e)
        {
            Assert.Fail($"{document}, {e.Message}");
        }
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
}
