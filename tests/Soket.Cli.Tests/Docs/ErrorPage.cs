namespace Soket.Cli.Tests.Docs;

/// <summary>The pages of docs/errors, one for each failure in each language.</summary>
internal static class ErrorPage
{
    private const string Told = "the server tells it in its story, one line a connection, and goes on";
    private const string Program = "Soket does not make this mistake: a program of its own shows it, then `soket explain ERROR`";
    private const string Rare = "no command makes it happen on every machine and without harm; the page shows `soket explain ERROR`";

    /// <summary>The pages that do not end in the explanation of their own failure, and why.</summary>
    public static IReadOnlyDictionary<string, string> ShownOtherwise { get; } = new Dictionary<string, string>
    {
        ["address-family-not-supported"] = Rare,
        ["already-connected"] = Program,
        ["assertion-failed"] = "the commands that check an answer have pages of their own",
        ["broken-pipe"] = Program,
        ["connection-aborted"] = Rare,
        ["connection-limit"] = Told,
        ["denied-by-rule"] = Told,
        ["message-too-large"] = Told,
        ["name-temporary-failure"] = "needs a resolver that asks a name server; documents run with names from the hosts file alone, so the block is `sh`",
        ["no-buffer-space"] = Rare,
        ["not-connected"] = Program,
        ["option-not-available"] = Rare,
        ["other-failure"] = Rare,
        ["tls-no-common-cipher"] = Told,
        ["tls-not-yet-valid"] = "openssl makes such a certificate from 3.4 on only",
        ["tls-where-plaintext-expected"] = Told,
        ["too-many-open-files"] = Told,
        ["websocket-protocol-error"] = Told,
    };

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
