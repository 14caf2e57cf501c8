namespace Soket.Cli.Tests.Docs;

/// <summary>The pages of docs/errors, one for each failure in each language.</summary>
internal static class ErrorPage
{
    /// <summary>Whether a document is one of them.</summary>
    public static bool Is(string document) => document.Replace('\\', '/').StartsWith("docs/errors/", StringComparison.Ordinal) && !Path.GetFileName(document).StartsWith("README", StringComparison.Ordinal);

    /// <summary>Those of one language, as paths below the repository's folder.</summary>
    public static IEnumerable<string> Of(bool indonesian) => Directory.EnumerateFiles(Path.Combine(Documents.Root, "docs", "errors"), "*.md")
        .Select(file => Path.GetRelativePath(Documents.Root, file))
        .Where(document => Is(document) && Documents.IsIndonesian(document) == indonesian)
        .Order(StringComparer.Ordinal);

    /// <summary>The code a page is about: <c>connection-refused</c>.</summary>
    public static string Code(string document) => Path.GetFileName(document).Split('.')[0];
}
