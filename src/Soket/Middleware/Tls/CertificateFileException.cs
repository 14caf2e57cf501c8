using Soket.Languages;

namespace Soket.Middleware.Tls;

/// <summary>A file that was to hold a certificate or a key does not: which file, and what is wrong with it.</summary>
public sealed class CertificateFileException : IOException
{
    private static readonly Texts Words = Texts.Load(typeof(CertificateFileException).Assembly, "tls");

    internal CertificateFileException(string path, string key, string? other = null, string? words = null, Exception? inner = null)
        : base(Words.Get(Language.English, "file." + key, ("file", path), ("other", other), ("words", words)), inner)
    {
        Path = path;
        Key = key;
        Other = other;
        Detail = words;
    }

    /// <summary>Every key there is.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "missing", "directory", "denied", "unreadable", "too-long", "empty", "no-certificate", "key-only", "bad-certificate", "cut-certificate", "no-key", "no-key-inside", "key-encrypted",
        "key-bad", "key-password", "key-other", "no-pfx", "pfx-password", "pfx-no-key",
    ];

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong, as a stable key: <c>missing</c>, <c>key-other</c> ... also the key of its text in both languages.</summary>
    public string Key { get; }

    /// <summary>The other file of the pair, where it takes two to be wrong.</summary>
    public string? Other { get; }

    private string? Detail { get; }

    /// <summary>What is wrong, and what to do, in words.</summary>
    /// <param name="language">The language.</param>
    /// <param name="show">How a path is written for its reader; as it is when null.</param>
    public string Describe(Language language, Func<string, string>? show = null)
    {
        show ??= static text => text;
        return Words.Get(language, "file." + Key, ("file", show(Path)), ("other", Other is null ? null : show(Other)), ("words", Detail is null ? null : show(Detail)));
    }
}
