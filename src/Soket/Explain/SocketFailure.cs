using System.Net;
using System.Net.Sockets;

namespace Soket.Explain;

/// <summary>One address that was tried while connecting, and how that ended.</summary>
/// <param name="Address">The address.</param>
/// <param name="Elapsed">How long it was tried.</param>
/// <param name="Error">What the system said; null for an attempt that was given up because another one won or time ran out.</param>
public sealed record ConnectAttempt(EndPoint Address, TimeSpan Elapsed, SystemError? Error);

/// <summary>What was known of a socket when a call on it failed. Everything here was observed; what is unknown is null.</summary>
public sealed record FailureContext
{
    /// <summary>Nothing known.</summary>
    public static FailureContext None { get; } = new();

    /// <summary>The endpoint as the person named it: <c>tcp://localhost:8080</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The name that was, or was to be, resolved.</summary>
    public string? Host { get; init; }

    /// <summary>The local address of the socket.</summary>
    public EndPoint? Local { get; init; }

    /// <summary>The address of the peer.</summary>
    public EndPoint? Remote { get; init; }

    /// <summary>The scheme of the endpoint: <c>tcp</c>, <c>udp</c>, <c>unix</c>, <c>tls</c> ...</summary>
    public string? Transport { get; init; }

    /// <summary>Bytes the system had taken for sending on this connection.</summary>
    public long? Sent { get; init; }

    /// <summary>Bytes received on this connection.</summary>
    public long? Received { get; init; }

    /// <summary>How long the call had run.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>The addresses tried, in the order they were tried.</summary>
    public IReadOnlyList<ConnectAttempt> Attempts { get; init; } = [];

    /// <summary>Facts that a step in between knows and the socket does not, by name: the certificate's subject, the first bytes received.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// A call on a socket that failed: which call, on what, between whom, what the system said. An <see cref="IOException"/>, so that code which
/// knows nothing of Soket handles it as it handles every failed read or write.
/// </summary>
public sealed class SocketFailure : IOException
{
    /// <summary>Creates a failure.</summary>
    /// <param name="call">The call that failed.</param>
    /// <param name="error">What the system (or Soket) said.</param>
    /// <param name="context">What was known of the socket.</param>
    /// <param name="inner">The exception underneath, if any.</param>
    public SocketFailure(SocketCall call, SystemError error, FailureContext? context = null, Exception? inner = null)
        : base(Describe(call, error, context ?? FailureContext.None), inner)
    {
        Call = call;
        Error = error;
        Context = context ?? FailureContext.None;
    }

    /// <summary>The call that failed.</summary>
    public SocketCall Call { get; }

    /// <summary>What the system said, or Soket's own code.</summary>
    public SystemError Error { get; }

    /// <summary>What was known of the socket when the call failed.</summary>
    public FailureContext Context { get; }

    /// <summary>Whether the peer took the connection away: a reset, an abort, a broken pipe.</summary>
    public bool IsReset => Error.Name is "ECONNRESET" or "ECONNABORTED" or "EPIPE";

    /// <summary>The same failure with more known about it.</summary>
    public SocketFailure With(FailureContext context) => new(Call, Error, context, InnerException);

    /// <summary>The failure that stands behind an exception, however deep; or null.</summary>
    /// <param name="exception">Any exception.</param>
    public static SocketFailure? Find(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SocketFailure failure)
                return failure;
        }

        return null;
    }

    /// <summary>A failure from a socket exception, translated once, at the edge.</summary>
    public static SocketFailure From(SocketCall call, SocketException exception, FailureContext? context = null) =>
        new(call, SystemError.From(exception), context, exception);

    // The developer's one line, in English: "connect tcp://localhost:9: ECONNREFUSED (111): Connection refused". People get an Explanation.
    private static string Describe(SocketCall call, SystemError error, FailureContext context)
    {
        string? where = context.Endpoint ?? context.Remote?.ToString() ?? context.Local?.ToString();
        return where is null ? $"{call.Name()}: {error}" : $"{call.Name()} {where}: {error}";
    }
}
