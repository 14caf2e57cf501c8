namespace Soket.Protocols.Framing;

/// <summary>Why a text is not a framing: what is wrong, as a stable key, and a right one to show.</summary>
/// <param name="Key">The kind of mistake; also the key of its text in both languages, after <c>framing.</c></param>
/// <param name="Part">The part of the text that is wrong.</param>
/// <param name="Example">A right framing, as near to what was meant as can be told.</param>
public sealed record FramingError(string Key, string Part, string Example)
{
    /// <summary>Every key there is.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "name-unknown", "option-unknown", "length-invalid", "delimiter-missing", "delimiter-too-long", "escape-invalid", "size-invalid", "size-over-limit",
    ];
}
