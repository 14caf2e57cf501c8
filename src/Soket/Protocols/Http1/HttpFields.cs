using System.Collections;

namespace Soket.Protocols.Http1;

/// <summary>One field of a head: <c>Host: example.org</c>.</summary>
/// <param name="Name">Its name, as it was written; compared without regard to case.</param>
/// <param name="Value">Its value, without white space at its ends; a byte a character (ISO 8859-1), since HTTP names no other encoding.</param>
public readonly record struct HttpField(string Name, string Value);

/// <summary>The fields of a head, in their order (RFC 9110 5).</summary>
/// <param name="fields">The fields.</param>
public sealed class HttpFields(IReadOnlyList<HttpField> fields) : IReadOnlyList<HttpField>
{
    /// <summary>How many there are.</summary>
    public int Count => fields.Count;

    /// <summary>A field by its place.</summary>
    /// <param name="index">The place, from 0.</param>
    public HttpField this[int index] => fields[index];

    /// <summary>The value of a field that may stand once; null when it does not stand there.</summary>
    /// <param name="name">The name.</param>
    /// <param name="single">False when it stands there more than once, and the value is the first.</param>
    public string? One(string name, out bool single)
    {
        string? found = null;
        single = true;
        foreach (HttpField field in fields)
        {
            if (!field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            single = found is null;
            found ??= field.Value;
            if (!single)
                break;
        }

        return found;
    }

    /// <summary>The value of a field; null when it does not stand there, or more than once.</summary>
    /// <param name="name">The name.</param>
    public string? One(string name) => One(name, out bool single) is { } value && single ? value : null;

    /// <summary>Whether a field stands there.</summary>
    /// <param name="name">The name.</param>
    public bool Has(string name) => One(name, out _) is not null;

    /// <summary>The members of a field that is a list (RFC 9110 5.6.1), over all lines it stands on; commas in quoted strings part nothing.</summary>
    /// <param name="name">The name.</param>
    public IEnumerable<string> List(string name)
    {
        foreach (HttpField field in fields)
        {
            if (!field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (string member in HttpSyntax.Split(field.Value, ','))
                yield return member;
        }
    }

    /// <summary>Whether a list holds a token, in any case: <c>Connection: keep-alive, Upgrade</c>.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="token">The token.</param>
    public bool Lists(string name, string token) => List(name).Contains(token, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IEnumerator<HttpField> GetEnumerator() => fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
