using System.Net;
using System.Net.Sockets;
using Soket.Linux.Engine;
using Soket.Transports;

namespace Soket.Linux.Tests.Engine;

/// <summary>A listener on a group of its own, a client stream on it too, and the server's stream that faces it.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private Pair(LoopGroup group, LoopListener listener, Func<LoopStream> make)
    {
        Group = group;
        Listener = listener;
        Make = make;
    }

    public LoopGroup Group { get; }

    public LoopListener Listener { get; }

    public SeenStream Client { get; } = new();

    public LoopStream Server { get; private set; } = null!;

    /// <summary>Makes the streams of what is accepted from now on.</summary>
    public Func<LoopStream> Make { get; set; }

    public static async Task<Pair> ConnectAsync(string family, Func<LoopStream> make, LoopGroupOptions? group = null, ManagedTransportOptions? sockets = null)
    {
        var accepted = new TaskCompletionSource<LoopStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loops = new LoopGroup(group ?? new() { Loops = 2 });
        Pair? pair = null;
        LoopListener listener = LoopListener.Bind(loops, Place(family), new()
        {
            Create = () =>
            {
                LoopStream stream = pair is null ? make() : pair.Make();
                accepted.TrySetResult(stream);
                return stream;
            },
            Sockets = sockets ?? new(),
        });
        pair = new Pair(loops, listener, make);
        loops.Next().Connect(pair.Client, listener.EndPoint);
        await pair.Client.Opened.Task.Guarded();
        pair.Server = await accepted.Task.Guarded();
        await pair.Server.OnLoop(static () => 0); // it is opened
        return pair;
    }

    public static EndPoint Place(string family) => family == "unix"
        ? new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}"))
        : new IPEndPoint(IPAddress.Parse(family), 0);

    /// <summary>Another client, a socket of .NET's.</summary>
    public async Task<Socket> ConnectRawAsync()
    {
        var socket = new Socket(Listener.EndPoint.AddressFamily, SocketType.Stream, Listener.EndPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(Listener.EndPoint).Guarded();
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        await Group.DisposeAsync();
        if (Listener.EndPoint is UnixDomainSocketEndPoint path && File.Exists(path.ToString()))
            throw new Xunit.Sdk.XunitException("the socket's file is left behind");
    }
}

internal static class LoopStreamExtensions
{
    /// <summary>Runs on the stream's loop and gives what it gave.</summary>
    public static Task<T> OnLoop<T>(this LoopStream stream, Func<T> run)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.Loop.Post(_ =>
        {
            try
            {
                done.SetResult(run());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }, null);
        return done.Task.Guarded();
    }
}
