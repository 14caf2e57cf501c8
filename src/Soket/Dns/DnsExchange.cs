using System.Net;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>Why a datagram was not taken for the reply.</summary>
public enum DnsDropReason
{
    /// <summary>It came from somebody who was not asked.</summary>
    WrongSource,

    /// <summary>It repeats another id than the query's.</summary>
    WrongId,

    /// <summary>It repeats another question, or is no reply at all.</summary>
    WrongQuestion,

    /// <summary>It is no DNS message.</summary>
    Malformed,

    /// <summary>Its cookie is not the one that was sent along (RFC 7873 5.3).</summary>
    WrongCookie,
}

/// <summary>A datagram, or a message on a stream, that was not taken for the reply.</summary>
/// <param name="Reason">Why.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record DnsDropped(DnsDropReason Reason, EndPoint? From, ReadOnlyMemory<byte> Bytes);

/// <summary>A query and its reply.</summary>
/// <param name="Server">Who replied.</param>
/// <param name="Transport">What carried the reply.</param>
/// <param name="QueryBytes">The query as it was sent.</param>
/// <param name="ReplyBytes">The reply as it came.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Elapsed">From the sending of the query to the reply, tries before it not counted.</param>
/// <param name="Tries">How many queries were sent, this one included.</param>
public sealed record DnsExchange(DnsServer Server, DnsTransport Transport, ReadOnlyMemory<byte> QueryBytes, ReadOnlyMemory<byte> ReplyBytes, DnsMessage Reply, TimeSpan Elapsed, int Tries)
{
    /// <summary>What came meanwhile and was not it.</summary>
    public IReadOnlyList<DnsDropped> Dropped { get; init; } = [];

    /// <summary>Whether a reply over UDP was cut short, so that this one was asked for over TCP.</summary>
    public bool WasTruncated { get; init; }
}
