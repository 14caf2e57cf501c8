using Microsoft.AspNetCore.Connections;

namespace Soket.Services;

/// <summary>A service as it is hosted: a name, and what answers on streams and on datagrams.</summary>
/// <remarks>
/// Most services are one <see cref="IMessageService"/>, for which a framing cuts the messages of a stream. One that speaks unasked brings a
/// <see cref="ConnectionHandler"/> for streams, and still a message service for datagrams.
/// </remarks>
public sealed record SocketService
{
    /// <summary>Its name: <c>echo</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Answers messages.</summary>
    public IMessageService? Messages { get; init; }

    /// <summary>Serves a stream connection; takes precedence over <see cref="Messages"/> there.</summary>
    public ConnectionHandler? Stream { get; init; }

    /// <summary>
    /// Whether <see cref="Stream"/> never blocks, neither on a file nor on another connection: a transport with threads of its own may then run it on them
    /// (<see cref="Transports.ManagedTransportOptions.NeverBlocks"/>). Endpoints with TLS go by the thread pool all the same: a handshake is a long computation.
    /// </summary>
    public bool NeverBlocks { get; init; }

    /// <summary>
    /// Whether what <see cref="Stream"/> writes is text, whole characters a flush: it goes as text messages on a WebSocket then, else as binary ones.
    /// </summary>
    public bool StreamIsText { get; init; }

    /// <summary>
    /// Answers requests on a WebSocket endpoint that ask for no WebSocket: a browser that is to get the page which then opens one. Null where such a request is
    /// refused. The connection has an <see cref="IServedEndpointFeature"/>.
    /// </summary>
    public ConnectionHandler? Page { get; init; }

    /// <summary>Serves a datagram socket; takes precedence over <see cref="Messages"/> there.</summary>
    public IDatagramService? Datagrams { get; init; }

    /// <summary>
    /// Whether it answers datagrams nobody asked it to answer, as every simple service but discard does. Two that do, told of each other by one
    /// forged datagram, would answer each other for ever; the host refuses datagrams that could start that (<see cref="DatagramRules"/>).
    /// False: it never answers, or only peers that have proved to be there.
    /// </summary>
    public bool CanLoop { get; init; } = true;
}
