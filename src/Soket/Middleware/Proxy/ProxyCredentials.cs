using System.Text;

namespace Soket.Middleware.Proxy;

/// <summary>A name and a password for a proxy. No text of it is ever made: <see cref="ToString"/> shows neither.</summary>
public sealed class ProxyCredentials
{
    /// <summary>Creates credentials.</summary>
    /// <param name="user">The name, 1 to 255 bytes of UTF-8, without control characters.</param>
    /// <param name="password">The password, at most 255 bytes of UTF-8, without control characters.</param>
    /// <exception cref="ArgumentException">One of them cannot be sent.</exception>
    public ProxyCredentials(string user, string password)
    {
        if (user.Length == 0 || Encoding.UTF8.GetByteCount(user) > 255 || user.Any(char.IsControl))
            throw new ArgumentException("A name has 1 to 255 bytes and no control characters.", nameof(user));
        if (Encoding.UTF8.GetByteCount(password) > 255 || password.Any(char.IsControl))
            throw new ArgumentException("A password has at most 255 bytes and no control characters.", nameof(password));
        User = user;
        Password = password;
    }

    /// <summary>The name.</summary>
    public string User { get; }

    /// <summary>The password; may be empty.</summary>
    public string Password { get; }

    /// <inheritdoc/>
    public override string ToString() => "***";

    /// <summary>Reads <c>NAME:PASSWORD</c>; the name ends at the first colon.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The credentials; null when it makes none.</returns>
    public static ProxyCredentials? TryParse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        try
        {
            return colon < 0 ? new ProxyCredentials(text, "") : new ProxyCredentials(text[..colon], text[(colon + 1)..]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
