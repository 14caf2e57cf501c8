using Soket.Capture.Applications;
using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>A conversation in datagrams: each is by itself.</summary>
internal sealed class UdpFlow(Conversation conversation, FlowKey key, FlowEnd initiator) : Flow(conversation, key, initiator)
{
    public override TracedPacket Add(long number, Packet packet, Packet? last, bool fromInitiator)
    {
        Packet told = last ?? packet;
        Count(fromInitiator, told.PayloadLength);
        TracedPacket traced = Begin(number, told, fromInitiator) with { Fragment = last is not null };
        if (Message(packet) is not { } message)
            return traced;
        Conversation.Application = message.Protocol;
        return traced with { Messages = [message] };
    }

    private static ApplicationMessage? Message(Packet packet) =>
        packet.PayloadLength == packet.Payload.Length && packet.Udp is { } udp
            ? DnsDecoder.OfDatagram(packet.Payload.Span, DnsDecoder.IsPort(udp.SourcePort) || DnsDecoder.IsPort(udp.DestinationPort))
            : null;
}
