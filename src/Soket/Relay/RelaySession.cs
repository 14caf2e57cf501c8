using System.Net;

namespace Soket.Relay;

/// <summary>One client and the connection made for it, or one sender of datagrams and the socket opened for it.</summary>
public sealed class RelaySession
{
    private long _toTarget;
    private long _toClient;

    internal RelaySession(long id, EndPoint? client)
    {
        Id = id;
        Client = client;
    }

    /// <summary>Its number, from 1, in the order they came.</summary>
    public long Id { get; }

    /// <summary>Who came; null, or without a name, for a client on a Unix socket.</summary>
    public EndPoint? Client { get; }

    /// <summary>The address that was connected to; null before.</summary>
    public EndPoint? Target { get; internal set; }

    /// <summary>Payload bytes handed on so far in a direction. Any thread.</summary>
    /// <param name="direction">The direction.</param>
    public long Moved(RelayDirection direction) => direction == RelayDirection.ToTarget ? Interlocked.Read(ref _toTarget) : Interlocked.Read(ref _toClient);

    internal void Add(RelayDirection direction, long count)
    {
        if (direction == RelayDirection.ToTarget)
            Interlocked.Add(ref _toTarget, count);
        else
            Interlocked.Add(ref _toClient, count);
    }
}
