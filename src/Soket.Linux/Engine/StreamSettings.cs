using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Options;
using Soket.Transports;

namespace Soket.Linux.Engine;

/// <summary>What all streams of a listener, or one that connects, are made by. Written once.</summary>
[SupportedOSPlatform("linux")]
internal sealed class StreamSettings
{
    /// <summary>Makes them.</summary>
    /// <param name="endpoint">Where it listens, or what is connected to.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="again">Options that the system forgets.</param>
    public StreamSettings(EndPoint endpoint, ManagedTransportOptions options, LoopOption[] again)
    {
        Transport = endpoint is UnixDomainSocketEndPoint ? "unix" : "tcp";
        Options = options;
        CloseTimeout = EventLoop.Nanoseconds(options.CloseTimeout);
        ReceiveSize = Math.Min(options.ReceiveSize, EventLoop.BufferSize);
        Again = again;
        Lingers = options.Options.Any(setting => setting.Option == SocketOptions.Linger && setting.Value > 0);
    }

    /// <summary><c>tcp</c> or <c>unix</c>.</summary>
    public string Transport { get; }

    /// <summary>What was asked for.</summary>
    public ManagedTransportOptions Options { get; }

    /// <summary>How long closing waits for a peer that does not take part in it, nanoseconds.</summary>
    public long CloseTimeout { get; }

    /// <summary>The most bytes one receive asks for.</summary>
    public int ReceiveSize { get; }

    /// <summary>Options that the system forgets, set again after each receive.</summary>
    public LoopOption[] Again { get; }

    /// <summary>Whether closing may block (SO_LINGER blocks even a non-blocking socket), and so leaves the loop.</summary>
    public bool Lingers { get; }

    /// <summary>For accepted Unix streams their local address: the path as it was given.</summary>
    public EndPoint? Local { get; init; }
}
