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
        int number = exception.NativeErrorCode;
        // .NET's own numbers for what has no errno (a resolver's answer, an errno it does not know) are far below zero and mean nothing to people.
        return new(name, number < -1000 ? Errno.Number(name) : number, Errno.Text(name) ?? exception.Message);
    }

    /// <inheritdoc/>
    public override string ToString() => Number is { } number ? $"{Name} ({number}): {Message}" : $"{Name}: {Message}";
}
