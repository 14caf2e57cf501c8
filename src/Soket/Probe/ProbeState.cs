namespace Soket.Probe;

/// <summary>What a probe of an endpoint has shown.</summary>
public enum ProbeState
{
    /// <summary>Somebody is there: a connection (and on <c>tls</c> its handshake) was completed, or a datagram was answered.</summary>
    Open,

    /// <summary>The host, or something before it, said no: ECONNREFUSED, from a RST or from ICMP.</summary>
    Refused,

    /// <summary>No answer to a connection attempt in time.</summary>
    TimedOut,

    /// <summary>No answer to a datagram in time. A service that does not answer this datagram looks just like a filter that drops it.</summary>
    Silent,

    /// <summary>Any other failure: no route, name not known, TLS handshake failed, no such path ...</summary>
    Failed,
}
