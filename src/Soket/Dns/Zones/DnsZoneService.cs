using System.Buffers;
using Soket.Services;

namespace Soket.Dns.Zones;

/// <summary>A name server for zones it has: datagrams here, streams in <see cref="DnsZoneStreams"/>.</summary>
/// <param name="authority">Answers.</param>
/// <param name="limit">Bounds the replies.</param>
public sealed class DnsZoneService(DnsAuthority authority, DnsReplyLimit limit) : IMessageService
{
    /// <summary>The service as it is hosted.</summary>
    /// <param name="zones">The zones, one or more.</param>
    /// <param name="perSecond">How many replies a second go to one network in datagrams; 0 for as many as it asks for.</param>
    public static SocketService Create(IReadOnlyList<DnsZone> zones, int perSecond = 100)
    {
        var authority = new DnsAuthority(zones);
        return new() { Name = "dns", Messages = new DnsZoneService(authority, new DnsReplyLimit(perSecond)), Stream = new DnsZoneStreams(authority) };
    }

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        // What is not whole cannot be read, and a reply to it would be a guess.
        if (context.Truncated)
            return false;
        byte[] query = message.ToArray();
        byte[]? bytes = limit.Judge(context.Remote) switch
        {
            DnsReplyVerdict.Answer => authority.Answer(query, isStream: false),
            DnsReplyVerdict.AskAgain => DnsAuthority.AskAgain(query),
            _ => null,
        };
        if (bytes is null)
            return false;
        reply.Write(bytes);
        return true;
    }
}
