using System.Buffers;
using System.Text;

namespace Soket.Http;

/// <summary>What in a head or a URL is secret by its name: what is told, logged and kept has <see cref="Mask"/> in its place. Too much rather than too little.</summary>
public static class HttpSecrets
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "***";

    // Anywhere in a name: access_token, X-Api-Key, X-Amz-Signature.
    private static readonly string[] Parts = ["token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "authkey", "subscriptionkey", "functionskey", "signature", "credential", "session", "jwt"];

    // A parameter that is called just so, or a_so.
    private static readonly string[] Words = ["key", "pwd", "pw", "pass", "sig", "sign", "code", "auth", "authorization", "sid", "otp"];

    private static readonly SearchValues<char> Ends = SearchValues.Create("& #\"'<>");

    /// <summary>Whether the value of a field (RFC 9110 5) is secret: Authorization, Cookie, X-Api-Key and their like.</summary>
    /// <param name="name">The field's name.</param>
    public static bool IsField(string name)
    {
        string plain = Plain(name);
        return plain is "cookie" or "setcookie" or "cookie2" || plain.EndsWith("authorization", StringComparison.Ordinal) || plain.EndsWith("auth", StringComparison.Ordinal)
            || Array.Exists(Parts, part => plain.Contains(part, StringComparison.Ordinal));
    }

    /// <summary>Whether the value of a parameter of a query, or of a form, is secret: token, api_key, password, sig and their like.</summary>
    /// <param name="name">Its name, as it stands there.</param>
    public static bool IsParameter(string name)
    {
        string plain = Plain(name);
        return Array.Exists(Parts, part => plain.Contains(part, StringComparison.Ordinal))
            || Array.Exists(Words, word => plain == word || (plain.EndsWith(word, StringComparison.Ordinal) && name.Length > word.Length && name[^(word.Length + 1)] is '_' or '-' or '.'));
    }

    /// <summary>Covers the values of secret parameters in a URL, a part of one, or a text with some in it.</summary>
    /// <param name="text">The text.</param>
    public static string Redact(string text)
    {
        int at = text.IndexOf('?', StringComparison.Ordinal);
        if (at < 0)
            return text;
        var covered = new StringBuilder(text.Length).Append(text, 0, at);
        while (at < text.Length)
        {
            // Here is a ? or a &, and behind it a name.
            int end = at + 1 + EndOf(text.AsSpan(at + 1)), equals = text.IndexOf('=', at, end - at);
            bool secret = equals >= 0 && IsParameter(text[(at + 1)..equals]);
            covered.Append(text, at, (secret ? equals + 1 : end) - at);
            if (secret && end > equals + 1)
                covered.Append(Mask);
            int next = text.AsSpan(end).IndexOfAny("?&");
            next = next < 0 ? text.Length : end + next;
            covered.Append(text, end, next - end);
            at = next;
        }

        return covered.ToString();
    }

    /// <summary>Where a parameter ends: at the next one, or where the URL does.</summary>
    private static int EndOf(ReadOnlySpan<char> rest) => rest.IndexOfAny(Ends) is >= 0 and int end ? end : rest.Length;

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));
}
