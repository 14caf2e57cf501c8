using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Tests.Rendering;

/// <summary>Events made by hand through the real event stream, with times that are told and not measured.</summary>
internal sealed class Story : ISocketObserver
{
    public static readonly IPEndPoint ServerAddress = new(IPAddress.Loopback, 8080);
    public static readonly IPEndPoint ClientAddress = new(IPAddress.Loopback, 53122);

    private readonly SocketEvents _events;
    private readonly List<RecordedEvent> _recorded = [];
    private double _now;
    private double _took;

    public Story() => _events = new SocketEvents(this);

    public IReadOnlyList<RecordedEvent> Recorded => _recorded;

    public SocketScope Open(SocketRole role, string transport, EndPoint? local, EndPoint? remote, SocketScope? parent = null)
    {
        SocketScope scope = _events.Open(role, transport, parent);
        scope.Local = local;
        scope.Remote = remote;
        return scope;
    }

    /// <summary>What follows ends at this time, in ms, and took so long.</summary>
    public Story At(double milliseconds, double took = 0.01)
    {
        _now = milliseconds;
        _took = took;
        return this;
    }

    public Story Call(SocketScope scope, SocketCall call, string? reason = null, string? value = null)
    {
        scope.Called(call, SocketScope.Now, reason, value);
        return this;
    }

    public Story Send(SocketScope scope, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        scope.Streamed(SocketCall.Send, SocketScope.Now, bytes.Length, new ReadOnlySequence<byte>(bytes));
        return this;
    }

    public Story Receive(SocketScope scope, string text) => Receive(scope, Encoding.UTF8.GetBytes(text));

    public Story Receive(SocketScope scope, byte[] bytes)
    {
        scope.Streamed(SocketCall.Receive, SocketScope.Now, 1024, new ReadOnlySequence<byte>(bytes));
        return this;
    }

    public Story Datagram(SocketScope scope, SocketCall call, string text, EndPoint? peer, string? reason = null, int requested = 0)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        scope.Datagram(call, SocketScope.Now, requested > 0 ? requested : bytes.Length, new ReadOnlySequence<byte>(bytes), peer, reason);
        return this;
    }

    public Story Fail(SocketScope scope, SocketCall call, SocketError error, string? reason = null)
    {
        scope.Failed(call, SocketScope.Now, SocketFailure.From(call, new SocketException((int)error)) is var failure
            ? new SocketFailure(call, new SystemError(failure.Error.Name, Errno.Number(failure.Error.Name), failure.Error.Message), null, failure.InnerException)
            : null!, reason);
        return this;
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => _recorded.Add(new(
        e with
        {
            Utc = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddMilliseconds(_now),
            Timestamp = 1_000_000 + (long)(_now / 1000 * Stopwatch.Frequency),
            Duration = TimeSpan.FromMilliseconds(_took),
        },
        bytes.ToArray(),
        0));

    public static Story Echo()
    {
        var story = new Story();
        SocketScope listener = story.Open(SocketRole.Listener, "tcp", ServerAddress, null);
        story.At(0.1).Call(listener, SocketCall.Socket, value: "AF_INET, SOCK_STREAM");
        listener.Option(SocketCall.SetOption, SocketScope.Now, "SO_REUSEADDR", "on");
        story.At(0.2).Call(listener, SocketCall.Bind).At(0.3).Call(listener, SocketCall.Listen, value: "backlog 5");
        listener.Option(SocketCall.GetOption, SocketScope.Now, "SO_RCVBUF", "131072", "kernel-doubles");
        SocketScope client = story.Open(SocketRole.Client, "tcp", ClientAddress, ServerAddress);
        story.At(1.0).Call(client, SocketCall.Socket, value: "AF_INET, SOCK_STREAM");
        story.At(1.25, took: 0.21).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "tcp", ServerAddress, ClientAddress, listener);
        story.At(1.3, took: 0.9).Call(server, SocketCall.Accept);
        story.At(1.5).Send(client, "halo\n");
        story.At(1.6).Receive(server, "halo\n").At(1.65).Send(server, "halo\n");
        story.At(1.8).Receive(client, "halo\n");
        story.At(2.0).Call(client, SocketCall.Shutdown, "half-close");
        story.At(2.1).Receive(server, "").At(2.2).Call(server, SocketCall.Shutdown, "half-close").At(2.25).Call(server, SocketCall.Close);
        story.At(2.4).Receive(client, "").At(2.5).Call(client, SocketCall.Close);
        return story;
    }

    /// <summary>The server is told of its program's end before it reads the peer's, which has arrived.</summary>
    public static Story EndReadLate()
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "tcp", ClientAddress, ServerAddress);
        story.At(1.25, took: 0.21).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "tcp", ServerAddress, ClientAddress);
        story.At(1.3).Call(server, SocketCall.Accept).At(2).Send(client, "halo").At(2.1).Receive(server, "halo");
        story.At(2.2).Call(client, SocketCall.Shutdown, "half-close");
        server.PeerEnded();
        story.At(2.4).Call(server, SocketCall.Shutdown, "half-close").At(2.6).Receive(server, "");
        return story.At(2.7).Receive(client, "").At(2.8).Call(client, SocketCall.Close).At(2.9).Call(server, SocketCall.Close);
    }

    /// <summary>Five bytes sent at once and twice, received in other pieces; a reset at the end.</summary>
    public static Story PiecesAndReset()
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "tcp", ClientAddress, ServerAddress);
        story.At(1.25, took: 0.21).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "tcp", ServerAddress, ClientAddress);
        story.At(1.3).Call(server, SocketCall.Accept);
        story.At(2).Send(client, "abcdefghij").At(2.1).Send(client, "klmno");
        story.At(2.2).Receive(server, "abcd").At(2.3).Receive(server, "efghijkl").At(2.4).Receive(server, "mno");
        story.At(2.5).Send(server, "\u001b[2Jevil \u202e");
        story.At(2.6).Call(client, SocketCall.Abort, "abort").At(2.7).Fail(server, SocketCall.Receive, SocketError.ConnectionReset).At(2.8).Call(server, SocketCall.Close);
        return story;
    }

    public static Story Refused()
    {
        var story = new Story();
        SocketScope resolver = story.Open(SocketRole.Client, "tcp", null, null);
        story.At(0.4, took: 0.4).Call(resolver, SocketCall.Resolve, value: "rumah.example = 127.0.0.1");
        SocketScope client = story.Open(SocketRole.Client, "tcp", null, new IPEndPoint(IPAddress.Loopback, 9));
        story.At(1).Call(client, SocketCall.Socket, value: "AF_INET, SOCK_STREAM");
        return story.At(1.25, took: 0.1).Fail(client, SocketCall.Connect, SocketError.ConnectionRefused);
    }

    public static Story Udp()
    {
        var story = new Story();
        SocketScope server = story.Open(SocketRole.Server, "udp", new IPEndPoint(IPAddress.Any, 8080), null);
        story.At(0).Call(server, SocketCall.Socket, value: "AF_INET, SOCK_DGRAM").At(0.1).Call(server, SocketCall.Bind);
        SocketScope client = story.Open(SocketRole.Client, "udp", ClientAddress, ServerAddress);
        story.At(1).Call(client, SocketCall.Connect);
        story.At(1.1).Datagram(client, SocketCall.Send, "satu", ServerAddress);
        story.At(1.2).Datagram(server, SocketCall.ReceiveFrom, "satu", ClientAddress, requested: 65535).At(1.3).Datagram(server, SocketCall.SendTo, "SATU", ClientAddress);
        story.At(1.4).Datagram(client, SocketCall.Receive, "SATU", ServerAddress, requested: 65535);
        story.At(2.1).Datagram(client, SocketCall.Send, "dua", ServerAddress);
        story.At(3.1).Datagram(client, SocketCall.Send, "tiga empat", ServerAddress);
        story.At(3.2).Datagram(server, SocketCall.ReceiveFrom, "tiga", ClientAddress, "truncated", requested: 4);
        return story.At(4).Call(client, SocketCall.Close).At(5).Call(server, SocketCall.Close);
    }

    /// <summary>Only the client is seen: nobody answers its first datagram, nobody is there for the second.</summary>
    public static Story UdpAlone()
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "udp", ClientAddress, ServerAddress);
        story.At(1).Call(client, SocketCall.Connect);
        story.At(1.1).Datagram(client, SocketCall.Send, "satu", ServerAddress);
        return story.At(1.2).Fail(client, SocketCall.Receive, SocketError.ConnectionRefused).At(2).Call(client, SocketCall.Close);
    }

    public static Story Unix()
    {
        var story = new Story();
        EndPoint path = new UnixDomainSocketEndPoint("/run/echo.sock");
        SocketScope listener = story.Open(SocketRole.Listener, "unix", path, null);
        story.At(0).Call(listener, SocketCall.Bind).At(0.1).Call(listener, SocketCall.Listen, value: "backlog 512");
        SocketScope client = story.Open(SocketRole.Client, "unix", null, path);
        story.At(1).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "unix", path, null, listener);
        story.At(1.1).Call(server, SocketCall.Accept).At(1.2).Send(client, "halo").At(1.3).Receive(server, "halo");
        return story.At(1.4).Call(client, SocketCall.Shutdown, "half-close").At(1.5).Receive(server, "").At(1.6).Call(server, SocketCall.Close).At(1.7).Receive(client, "").At(1.8).Call(client, SocketCall.Close);
    }

    /// <summary>A server that closes with bytes unread; a client whose handshake fails; a name nobody answers at.</summary>
    public static Story Trouble()
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "tcp", ClientAddress, ServerAddress);
        story.At(1.25, took: 0.21).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "tcp", ServerAddress, ClientAddress);
        story.At(1.3).Call(server, SocketCall.Accept).At(2).Send(client, "x").At(2.1).Call(server, SocketCall.Close);
        story.At(2.2).Fail(client, SocketCall.Receive, SocketError.ConnectionReset).At(2.3).Call(client, SocketCall.Close);

        var other = new IPEndPoint(IPAddress.Loopback, 53123);
        SocketScope tls = story.Open(SocketRole.Client, "tcp", other, ServerAddress);
        story.At(3).Call(tls, SocketCall.Connect).At(3.1).Send(tls, "\u0016client hello").At(3.2).Receive(tls, "HTTP/1.1 400");
        tls.Failed(SocketCall.TlsHandshake, SocketScope.Now, new SocketFailure(SocketCall.TlsHandshake, SystemError.Own("TLS_HANDSHAKE", "not TLS")));
        story.At(3.4).Call(tls, SocketCall.Close);

        SocketScope silent = story.Open(SocketRole.Client, "tcp", null, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80));
        return story.At(10_004, took: 10_000).Fail(silent, SocketCall.Connect, SocketError.TimedOut);
    }

    /// <summary>TLS with the plain text told as a layer above the connection.</summary>
    public static Story Tls(bool plainText)
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "tcp", ClientAddress, ServerAddress);
        story.At(1.25, took: 0.21).Call(client, SocketCall.Connect);
        SocketScope server = story.Open(SocketRole.Server, "tcp", ServerAddress, ClientAddress);
        story.At(1.3).Call(server, SocketCall.Accept);
        SocketScope above = story.Open(SocketRole.Client, "tls", ClientAddress, ServerAddress, client), below = story.Open(SocketRole.Server, "tls", ServerAddress, ClientAddress, server);
        story.At(2).Send(client, "\u0016client hello").At(2.1).Receive(server, "\u0016client hello").At(2.2).Send(server, "\u0016server hello").At(2.3).Receive(client, "\u0016server hello");
        story.At(2.4).Send(client, "finished").At(2.5, took: 0.5).Call(above, SocketCall.TlsHandshake, value: "TLSv1.3 TLS_AES_256_GCM_SHA384 subject=CN=localhost sha256=AB:CD");
        above.Note("tls-certificate", "1 subject=CN=localhost issuer=CN=Kampus CA until=2026-12-31T00:00:00Z"); // in the log, and not in the diagram
        story.At(2.6).Receive(server, "finished").At(2.7, took: 0.6).Call(below, SocketCall.TlsHandshake, value: "TLSv1.3 TLS_AES_256_GCM_SHA384");
        if (plainText)
        {
            story.At(3).Send(client, "\u0017??????????").Send(above, "rahasia").At(3.1).Receive(server, "\u0017??????????").Receive(below, "rahasia");
        }
        else
        {
            story.At(3).Send(client, "\u0017??????????").At(3.1).Receive(server, "\u0017??????????");
        }

        return story.At(4).Call(client, SocketCall.Close).At(4.1).Receive(server, "").At(4.2).Call(server, SocketCall.Close);
    }
}
