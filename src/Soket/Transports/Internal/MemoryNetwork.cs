using System.Collections.Concurrent;
using System.Net;

namespace Soket.Transports.Internal;

/// <summary>The addresses of an in-memory transport and who listens on them. Any thread.</summary>
internal sealed class MemoryNetwork
{
    private const int FirstFreePort = 49152; // RFC 6335 6: the dynamic ports
    private readonly ConcurrentDictionary<EndPoint, MemoryListener> _listeners = new();
    private int _next;

    /// <summary>Puts a listener on an address; null when there is one already, or no port is free.</summary>
    public MemoryListener? Listen(EndPoint endpoint, Func<EndPoint, MemoryListener> make)
    {
        bool any = Port(endpoint) == 0;
        for (int i = 0; i < (any ? 65536 - FirstFreePort : 1); i++)
        {
            EndPoint address = any ? OwnAddress(endpoint) : endpoint;
            if (_listeners.ContainsKey(address))
                continue;
            MemoryListener listener = make(address);
            if (_listeners.TryAdd(address, listener))
                return listener;
        }

        return null;
    }

    public MemoryListener? Find(EndPoint endpoint) => _listeners.GetValueOrDefault(endpoint);

    public void Remove(MemoryListener listener) => _listeners.TryRemove(KeyValuePair.Create(listener.EndPoint, listener));

    /// <summary>An address beside the given one, with the next port; the same when it has none.</summary>
    public EndPoint OwnAddress(EndPoint like)
    {
        int port = FirstFreePort + (int)((uint)Interlocked.Increment(ref _next) % (65536 - FirstFreePort));
        return like switch
        {
            IPEndPoint ip => new IPEndPoint(ip.Address, port),
            MemoryEndPoint memory => new MemoryEndPoint(memory.Address.Name, port),
            _ => like,
        };
    }

    private static int? Port(EndPoint endpoint) => endpoint switch
    {
        IPEndPoint ip => ip.Port,
        MemoryEndPoint memory => memory.Address.Port,
        _ => null,
    };
}
