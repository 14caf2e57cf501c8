using System.Net;
using System.Net.Sockets;

namespace Soket.Dns.Zones;

/// <summary>What a reply over datagrams may be.</summary>
public enum DnsReplyVerdict
{
    /// <summary>The answer.</summary>
    Answer,

    /// <summary>A short one that asks the client to come over TCP.</summary>
    AskAgain,

    /// <summary>None.</summary>
    Silence,
}

/// <summary>
/// Bounds how many replies a second go to one network (a /24, of IPv6 a /56): the sender of a datagram can be forged, and a server without a bound would be
/// somebody's weapon. Of the replies beyond it every second one is short and asks for TCP, which a real client gets through with. Loopback is not
/// bounded: nobody else can be hit there. Safe for any thread.
/// </summary>
/// <param name="perSecond">The bound; as many may come at once. 0 for none.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class DnsReplyLimit(int perSecond, TimeProvider? time = null)
{
    // Networks that are kept in mind; when there are more, those forgotten first are the ones with nothing against them.
    private const int MostNetworks = 10_000;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1); // a flood must not make each datagram cost a look at them all
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Dictionary<UInt128, Bucket> _buckets = []; // under its own lock
    private long? _swept; // under the same one

    /// <summary>Judges a reply, and counts it.</summary>
    /// <param name="to">Whom it would go to.</param>
    public DnsReplyVerdict Judge(EndPoint? to)
    {
        if (perSecond == 0 || to is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address) || (address.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(address.MapToIPv4())))
            return DnsReplyVerdict.Answer;
        long now = _time.GetTimestamp();
        lock (_buckets)
        {
            UInt128 network = NetworkOf(address);
            if (!_buckets.TryGetValue(network, out Bucket? bucket))
            {
                if (_buckets.Count >= MostNetworks && (_swept is not { } at || _time.GetElapsedTime(at, now) >= SweepInterval))
                    Forget(now);
                // Whoever forges so many networks at once gets one bound for all the rest.
                if (_buckets.Count >= MostNetworks)
                    network = UInt128.MaxValue;
                if (!_buckets.TryGetValue(network, out bucket))
                    _buckets[network] = bucket = new() { Left = perSecond, At = now };
            }

            Refill(bucket, now);
            if (bucket.Left >= 1)
            {
                bucket.Left--;
                return DnsReplyVerdict.Answer;
            }

            bucket.Beyond++;
            return bucket.Beyond % 2 == 0 ? DnsReplyVerdict.AskAgain : DnsReplyVerdict.Silence;
        }
    }

    private void Refill(Bucket bucket, long now)
    {
        bucket.Left = Math.Min(perSecond, bucket.Left + _time.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond);
        bucket.At = now;
    }

    private void Forget(long now)
    {
        _swept = now;
        foreach ((UInt128 network, Bucket bucket) in _buckets)
        {
            Refill(bucket, now);
            if (bucket.Left >= perSecond)
                _buckets.Remove(network);
        }
    }

    private static UInt128 NetworkOf(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        bytes[(address.AddressFamily == AddressFamily.InterNetwork ? 3 : 7)..].Clear();
        // An IPv4 network and an IPv6 one with the same first bytes are two.
        bytes[15] = (byte)length;
        return new UInt128(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes), System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    private sealed class Bucket
    {
        public double Left { get; set; }

        public long At { get; set; }

        public long Beyond { get; set; }
    }
}
