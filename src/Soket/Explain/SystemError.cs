using System.Net.Sockets;

namespace Soket.Explain;

/// <summary>What the system said: an errno by name and number, a resolver's EAI_ code, a TLS alert, or a code of Soket's own.</summary>
/// <param name="Name">The stable name: <c>ECONNREFUSED</c>, <c>EAI_NONAME</c>, <c>TLS_UNTRUSTED</c>, <c>SOKET_TIMEOUT</c>.</param>
/// <param name="Number">The platform's number for it, when it has one.</param>
/// <param name="Message">The system's own words, in English.</param>
public readonly record struct SystemError(string Name, int? Number, string Message)
{
    /// <summary>A code of Soket's own, or of TLS.</summary>
    public static SystemError Own(string name, string message) => new(name, null, message);

    /// <summary>Soket's own deadline passed: connect, read, handshake.</summary>
    public static SystemError Timeout { get; } = new("ETIMEDOUT", Errno.Number("ETIMEDOUT"), "Timed out");

    /// <summary>The error of a socket exception, by its POSIX name on every platform.</summary>
    public static SystemError From(SocketException exception)
    {
        string name = Errno.Name(exception.SocketErrorCode);
        // On Unix .NET works its number out from its own name for the error: 23 (ENFILE) where the system said 24 (EMFILE), and numbers far
        // below zero that mean nothing to people where there is no errno (a resolver's answer). The name's own number is the right one.
        int? number = OperatingSystem.IsWindows() ? exception.NativeErrorCode : Errno.Number(name) ?? (exception.NativeErrorCode < -1000 ? null : exception.NativeErrorCode);
        return new(name, number, Errno.Text(name) ?? exception.Message);
    }

    /// <inheritdoc/>
    public override string ToString() => Number is { } number ? $"{Name} ({number}): {Message}" : $"{Name}: {Message}";
}
