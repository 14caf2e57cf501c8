using System.Net;
using Soket.Events;

namespace Soket.Transports;

/// <summary>One datagram that was received.</summary>
/// <param name="Length">Bytes put into the buffer.</param>
/// <param name="From">The sender; null for a sender without a name (a Unix datagram socket that was never bound), who cannot be answered.</param>
/// <param name="Truncated">Whether the datagram was longer than the buffer; the rest is lost.</param>
public readonly record struct ReceivedDatagram(int Length, EndPoint? From, bool Truncated);

/// <summary>A datagram socket. Datagrams keep their boundaries, so it is no pipe.</summary>
public interface IDatagramSocket : IAsyncDisposable
{
    /// <summary>Where it is bound.</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>The one peer it is connected to; null for a socket that takes datagrams from anybody.</summary>
    EndPoint? RemoteEndPoint { get; }

    /// <summary>Its place in the event stream; null when nobody looks.</summary>
    SocketScope? Scope { get; }

    /// <summary>Waits for a datagram. One receive at a time.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="cancellationToken">Gives the wait up; nothing is lost by it.</param>
    /// <exception cref="Explain.SocketFailure">
    /// The system refused. On a connected UDP socket ECONNREFUSED tells that an earlier datagram was answered by "port unreachable" (ICMP); the
    /// socket stays usable.
    /// </exception>
    ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Sends one datagram. Any thread.</summary>
    /// <param name="datagram">The datagram; it may be empty.</param>
    /// <param name="to">The peer; null for the one it is connected to.</param>
    /// <param name="cancellationToken">Gives the send up.</param>
    /// <exception cref="Explain.SocketFailure">Too long (EMSGSIZE), unreachable, refused ...</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> datagram, EndPoint? to = null, CancellationToken cancellationToken = default);
}
