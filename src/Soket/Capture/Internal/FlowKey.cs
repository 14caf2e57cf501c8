using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>One end of a packet, as numbers: what a conversation is found by, a million times, without an object.</summary>
internal readonly record struct FlowEnd(UInt128 Address, ushort Port) : IComparable<FlowEnd>
{
    public int CompareTo(FlowEnd other)
    {
        int order = Address.CompareTo(other.Address);
        return order != 0 ? order : Port.CompareTo(other.Port);
    }

    public IPEndPoint ToEndPoint(bool version6)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        return new(new IPAddress(version6 ? bytes : bytes[12..]), Port);
    }
}

/// <summary>Both ends, the smaller one first, so that both directions are one conversation.</summary>
internal readonly record struct FlowKey(FlowEnd Low, FlowEnd High, IpProtocol Protocol, bool Version6)
{
    /// <summary>The key of a packet between two ends.</summary>
    /// <param name="from">Who sent it.</param>
    /// <param name="to">To whom.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="version6">Whether it went in IPv6: a mapped address in an IPv6 header is another conversation than the plain one.</param>
    public static FlowKey Between(FlowEnd from, FlowEnd to, IpProtocol protocol, bool version6) =>
        from.CompareTo(to) <= 0 ? new(from, to, protocol, version6) : new(to, from, protocol, version6);
}
