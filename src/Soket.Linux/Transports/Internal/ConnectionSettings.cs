using System.Net;
using Soket.Options;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Linux.Transports.Internal;

/// <summary>What all connections of a transport have in common; one object for all of them.</summary>
internal sealed class ConnectionSettings(LinuxTransportOptions options, string transport, bool forKestrel)
{
    public ManagedTransportOptions Sockets { get; } = options.Sockets;

    /// <summary>tcp or unix.</summary>
    public string Transport { get; } = transport;

    public bool InlineScheduling { get; } = options.InlineScheduling;

    /// <summary>
    /// What Kestrel is used to from its own transport: ConnectionClosed fires with the peer's end, as soon as that is known, and a flush on a connection that is
    /// gone is completed, not failed.
    /// </summary>
    public bool ForKestrel { get; } = forKestrel;

    public TimeSpan? ReceiveTimeout { get; } = Soket.Transports.Internal.Sockets.ReceiveTimeout(options.Sockets.Options);

    public TimeSpan? SendTimeout { get; } = Soket.Transports.Internal.Sockets.SendTimeout(options.Sockets.Options);

    /// <summary>What an accepted connection says of its own address: the listener's, where that is one; null asks the socket.</summary>
    public EndPoint? Local { get; init; }

    /// <summary>What a connection says of its peer's address: a path as it was asked for; null asks the socket.</summary>
    public EndPoint? Remote { get; init; }
}
