using Soket.Endpoints;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>A service on an endpoint.</summary>
/// <param name="Endpoint">Where; port 0 asks for a free one.</param>
/// <param name="Service">What answers there.</param>
public sealed record ServedEndpoint(SocketUri Endpoint, SocketService Service)
{
    /// <summary>A socket that is bound there already, such as a <see cref="HandedSocket"/>; the server owns it from its start on. Null binds one.</summary>
    public System.Net.Sockets.Socket? Socket { get; init; }
}

/// <summary>What a server serves, and how.</summary>
public sealed record SocketServerOptions
{
    /// <summary>Endpoints with their services, one or more.</summary>
    public required IReadOnlyList<ServedEndpoint> Endpoints { get; init; }

    /// <summary>How messages are cut from streams.</summary>
    public Framing Framing { get; init; } = new ChunkFraming(64 * 1024);

    /// <summary>What it takes on.</summary>
    public ServerLimits Limits { get; init; } = new();

    /// <summary>How its sockets are made, and where their events go.</summary>
    public ManagedTransportOptions Transport { get; init; } = new();

    /// <summary>How it speaks TLS; required when an endpoint asks for it.</summary>
    public TlsServerSettings? Tls { get; init; }

    /// <summary>How it speaks WebSocket, where an endpoint asks for it.</summary>
    public WebSocketServerSettings WebSocket { get; init; } = new();

    /// <summary>The longest datagram taken, bytes, 1 to 65,535; what is longer is cut and told.</summary>
    public int MaxDatagram { get; init; } = 65_535;

    /// <summary>How long a drain may take when whoever stops the server does not say: an application's host. 10 s.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(10);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Endpoints.Count, nameof(Endpoints));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatagram, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDatagram, 65_535);
        Limits.Validate();
        foreach (ServedEndpoint served in Endpoints)
        {
            SocketService service = served.Service;
            if (served.Endpoint.IsSecure && Tls is null)
                throw new ArgumentException($"{served.Endpoint} needs a certificate.", nameof(Tls));
            if (service.Messages is null && (served.Endpoint.IsDatagram ? service.Datagrams is null : service.Stream is null))
                throw new ArgumentException($"The service {service.Name} has nothing for {(served.Endpoint.IsDatagram ? "datagrams" : "streams")}.", nameof(Endpoints));
        }
    }
}

/// <summary>An endpoint that is being served.</summary>
/// <param name="Requested">As it was asked for.</param>
/// <param name="Actual">Where it really is: an address instead of a name, the port the system chose.</param>
/// <param name="Service">What answers there.</param>
public sealed record BoundEndpoint(SocketUri Requested, SocketUri Actual, SocketService Service);

/// <summary>What a server has done so far.</summary>
/// <param name="Accepted">Connections served, including those open now.</param>
/// <param name="Refused">Connections and datagrams refused by a limit or a rule.</param>
/// <param name="Active">Connections open now.</param>
/// <param name="Failed">Connections that ended with a failure.</param>
/// <param name="BytesReceived">Payload bytes received by message services.</param>
/// <param name="BytesSent">Payload bytes sent by message services.</param>
/// <param name="Messages">Messages answered or taken by message services.</param>
public readonly record struct ServerTotals(long Accepted, long Refused, int Active, long Failed, long BytesReceived, long BytesSent, long Messages)
{
    internal ServerTotals With(MessageTotals more, int active) => this with
    {
        Active = Active + active,
        Messages = Messages + more.Messages,
        BytesReceived = BytesReceived + more.Received,
        BytesSent = BytesSent + more.Sent,
    };
}
