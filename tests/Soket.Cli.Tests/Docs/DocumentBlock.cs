using System.Text.RegularExpressions;

namespace Soket.Cli.Tests.Docs;

/// <summary>A fenced block of a document: <c>```console server</c> has the language console and the name server.</summary>
internal sealed partial record DocumentBlock(int Line, string Indent, string Language, string Name, IReadOnlyList<string> Lines)
{
    /// <summary>A block that is typed in a terminal. Its name is the terminal's; without one it is the document's main terminal.</summary>
    public bool IsConsole => Language == "console";

    /// <summary>A file that the document writes: <c>```python server.py</c>.</summary>
    public bool IsFile => !IsConsole && FileName().IsMatch(Name);

    /// <summary>The fenced blocks of a document, in order. Fences may be indented, as in a list.</summary>
    public static IReadOnlyList<DocumentBlock> Read(string markdown)
    {
        var blocks = new List<DocumentBlock>();
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } open)
                continue;
            int first = i + 1;
            string indent = open.Groups["indent"].Value;
            string close = open.Groups["fence"].Value;
            var content = new List<string>();
            for (i++; i < lines.Length && lines[i].Trim() != close; i++)
                content.Add(lines[i].StartsWith(indent, StringComparison.Ordinal) ? lines[i][indent.Length..] : lines[i].TrimStart());
            blocks.Add(new DocumentBlock(first, indent, open.Groups["language"].Value, open.Groups["name"].Value, content));
        }

        return blocks;
    }

    /// <summary>The document with other lines in some of its blocks; everything else stays as it is.</summary>
    public static string Write(string markdown, IReadOnlyList<(DocumentBlock Block, IReadOnlyList<string> Lines)> changes)
    {
        List<string> lines = [.. markdown.ReplaceLineEndings("\n").Split('\n')];
        // The last first: the numbers of the lines above stay right.
        foreach ((DocumentBlock block, IReadOnlyList<string> content) in changes.OrderByDescending(change => change.Block.Line))
        {
            lines.RemoveRange(block.Line, block.Lines.Count);
            lines.InsertRange(block.Line, content.Select(line => line.Length == 0 ? line : block.Indent + line));
        }

        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"^(?<indent> *)(?<fence>```+|~~~+)(?<language>[\w+-]*)[ ]*(?<name>\S*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\w[\w-]*\.\w+$")]
    private static partial Regex FileName();
}
