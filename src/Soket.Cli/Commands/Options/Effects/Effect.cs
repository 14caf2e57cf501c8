using System.Net;
using System.Net.Sockets;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>
/// What an option does, measured on sockets of this machine's loopback, without and with it. Each is bounded to a few seconds. A new one is one more
/// file here, its line in <see cref="All"/>, and its texts (<c>effect.NAME.about</c>, <c>effect.NAME.CASE</c>).
/// </summary>
internal abstract class Effect
{
    public static IReadOnlyList<Effect> All { get; } =
        [new NoDelayEffect(), new LingerEffect(), new KeepAliveEffect(), new BacklogEffect(), new ReceiveBufferEffect(), new SendBufferEffect(), new ReuseAddressEffect(), new BroadcastEffect()];

    /// <summary>The option's flag, or a word of its own (<c>backlog</c> is an argument of listen, not an option).</summary>
    public abstract string Name { get; }

    /// <summary>Whether it can be shown on this system.</summary>
    public virtual bool IsHere => SocketOptions.Find(Name) is null or { IsHere: true };

    public abstract Task RunAsync(EffectReport report, CancellationToken cancellationToken);

    /// <summary>A listener on a free port of the loopback.</summary>
    protected static Socket Listen(int backlog = 16, params ReadOnlySpan<SocketOptionSetting> settings)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        foreach (SocketOptionSetting setting in settings)
            SocketOptionCodec.Apply(socket, setting, Platform.Sockets);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>A connection to a listener: the client's end, with its options set before connect, and the accepted one.</summary>
    protected static async Task<(Socket Client, Socket Server)> ConnectAsync(Socket listener, SocketOptionSetting[] settings, CancellationToken cancellationToken)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        foreach (SocketOptionSetting setting in settings)
            SocketOptionCodec.Apply(client, setting, Platform.Sockets);
        await client.ConnectAsync(listener.LocalEndPoint!, cancellationToken).ConfigureAwait(false);
        return (client, await listener.AcceptAsync(cancellationToken).ConfigureAwait(false));
    }
}
