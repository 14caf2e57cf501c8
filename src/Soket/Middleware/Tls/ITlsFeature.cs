using System.Net.Security;
using Soket.Events;

namespace Soket.Middleware.Tls;

/// <summary>TLS on a connection; found among its features after the handshake.</summary>
public interface ITlsFeature
{
    /// <summary>The TLS state: version, cipher suite, certificates. Bytes go through the connection's transport, never through it.</summary>
    SslStream Tls { get; }

    /// <summary>Whether the handshake went on with a session from before, without certificates; null when its messages do not tell.</summary>
    bool? IsResumed { get; }

    /// <summary>
    /// The plain text's place in the event stream; null when nobody looks. Its events have the transport <c>tls</c> and the connection as
    /// <see cref="SocketScope.Parent"/>: send and receive with the bytes of the application, shutdown (<c>close-notify</c>) and close of the layer.
    /// The records that carry them are events of the connection.
    /// </summary>
    SocketScope? Scope { get; }
}
