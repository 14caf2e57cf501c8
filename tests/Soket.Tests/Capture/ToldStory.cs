using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Events;
using Soket.Explain;

namespace Soket.Tests.Capture;

/// <summary>Events made by hand through the real event stream, at times that are told and not measured.</summary>
internal sealed class ToldStory : ISocketObserver
{
    public static readonly IPEndPoint Server = new(IPAddress.Loopback, 8080);
    public static readonly IPEndPoint Client = new(IPAddress.Loopback, 53122);
    public static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly SocketEvents _events;
    private readonly List<RecordedEvent> _recorded = [];
    private double _now;
    private double _took;
    private int _kept = int.MaxValue;

    public ToldStory() => _events = new SocketEvents(this);

    public IReadOnlyList<RecordedEvent> Recorded => _recorded;

    /// <summary>The scope of a socket that is connected: of the client, unless told otherwise.</summary>
    public SocketScope Open(SocketRole role, string transport = "tcp", EndPoint? local = null, EndPoint? remote = null, SocketScope? parent = null)
    {
        SocketScope scope = _events.Open(role, transport, parent);
        scope.Local = local ?? (role == SocketRole.Client ? Client : Server);
        scope.Remote = remote ?? (role == SocketRole.Client ? Server : role == SocketRole.Server ? Client : null);
        return scope;
    }

    /// <summary>A scope without addresses.</summary>
    public SocketScope OpenBare(SocketRole role, string transport, EndPoint? local, EndPoint? remote)
    {
        SocketScope scope = _events.Open(role, transport);
        scope.Local = local;
        scope.Remote = remote;
        return scope;
    }

    /// <summary>What follows ends at this time, in ms, and took so long.</summary>
    public ToldStory At(double milliseconds, double took = 0)
    {
        _now = milliseconds;
        _took = took;
        return this;
    }

    /// <summary>Of what follows, only so many bytes of an event are kept.</summary>
    public ToldStory Keeping(int bytes)
    {
        _kept = bytes;
        return this;
    }

    public ToldStory Call(SocketScope scope, SocketCall call, string? reason = null, string? value = null)
    {
        scope.Called(call, SocketScope.Now, reason, value);
        return this;
    }

    public ToldStory Send(SocketScope scope, string text) => Send(scope, Encoding.UTF8.GetBytes(text));

    public ToldStory Send(SocketScope scope, byte[] bytes)
    {
        scope.Streamed(SocketCall.Send, SocketScope.Now, bytes.Length, new ReadOnlySequence<byte>(bytes));
        return this;
    }

    public ToldStory Receive(SocketScope scope, string text) => Receive(scope, Encoding.UTF8.GetBytes(text));

    public ToldStory Receive(SocketScope scope, byte[] bytes)
    {
        scope.Streamed(SocketCall.Receive, SocketScope.Now, Math.Max(1024, bytes.Length), new ReadOnlySequence<byte>(bytes));
        return this;
    }

    public ToldStory Datagram(SocketScope scope, SocketCall call, string text, EndPoint? peer, string? reason = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        scope.Datagram(call, SocketScope.Now, Math.Max(1024, bytes.Length), new ReadOnlySequence<byte>(bytes), peer, reason);
        return this;
    }

    public ToldStory Fail(SocketScope scope, SocketCall call, SocketError error)
    {
        var context = new FailureContext { Local = scope.Local, Remote = scope.Remote };
        scope.Failed(call, SocketScope.Now, SocketFailure.From(call, new SocketException((int)error), context));
        return this;
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        byte[] all = bytes.ToArray();
        byte[] kept = all[..Math.Min(all.Length, _kept)];
        _recorded.Add(new(
            e with { Utc = Start.AddMilliseconds(_now), Timestamp = 1_000_000 + (long)(_now / 1000 * Stopwatch.Frequency), Duration = TimeSpan.FromMilliseconds(_took) },
            kept,
            all.Length - kept.Length));
    }
}
