using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Tests.Capture.Diagrams;

/// <summary>A conversation made by hand, and the calls of its sockets through the real event stream, with times that are told and not measured.</summary>
internal sealed class TraceStory : ISocketObserver
{
    public static readonly IPEndPoint Client = new(IPAddress.Loopback, 53122);
    public static readonly IPEndPoint Server = new(IPAddress.Loopback, 8080);

    private static readonly DateTime _start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly SocketEvents _events;
    private readonly List<SocketEvent> _calls = [];
    private double _now;
    private double _took;
    private bool _inferred;
    private SocketState _client;
    private SocketState _server;

    public TraceStory(ConversationKind kind = ConversationKind.Tcp, IPEndPoint? server = null, bool sawBeginning = true)
    {
        _events = new SocketEvents(this);
        Conversation = new() { Number = 1, Kind = kind, Initiator = Client, Responder = server ?? Server, SawBeginning = sawBeginning };
    }

    public Conversation Conversation { get; }

    public IReadOnlyList<SocketEvent> Calls => _calls;

    /// <summary>The options of Linux's own SYN on the loopback: MSS 65495, SACK, a timestamp, a window scale of 7.</summary>
    public static TcpOptions SynOptions { get; } = TcpOptions.Parse(Convert.FromHexString("0204FFD70402080A000000010000000001030307"));

    public ConversationDiagram Diagram(int foldAfter = ConversationDiagram.DefaultFoldAfter) => ConversationDiagram.Of(Conversation, _calls, foldAfter);

    /// <summary>What follows happens at this time, in ms; a call took so long.</summary>
    public TraceStory At(double milliseconds, double took = 0.01)
    {
        _now = milliseconds;
        _took = took;
        return this;
    }

    /// <summary>The states after what follows.</summary>
    public TraceStory States(SocketState client, SocketState server)
    {
        (_client, _server) = (client, server);
        return this;
    }

    /// <summary>What follows was not captured.</summary>
    public TraceStory Inferred()
    {
        _inferred = true;
        return this;
    }

    public TraceStory ToServer(TcpFlags flags, long sequence, long acknowledgment = -1, string data = "", SegmentMarks marks = SegmentMarks.None, int length = -1, int window = 512, params ApplicationMessage[] messages) =>
        Segment(fromClient: true, flags, sequence, acknowledgment, data, marks, length, window, messages);

    public TraceStory ToClient(TcpFlags flags, long sequence, long acknowledgment = -1, string data = "", SegmentMarks marks = SegmentMarks.None, int length = -1, int window = 512, params ApplicationMessage[] messages) =>
        Segment(fromClient: false, flags, sequence, acknowledgment, data, marks, length, window, messages);

    public TraceStory Datagram(bool fromClient, string data, bool fragment = false, params ApplicationMessage[] messages) => Add(new TracedPacket
    {
        Number = Next,
        Nanoseconds = Nanoseconds,
        FromInitiator = fromClient,
        Length = Encoding.UTF8.GetByteCount(data),
        Preview = Preview(data),
        Fragment = fragment,
        Messages = messages,
        Inferred = _inferred,
    });

    public TraceStory Icmp(bool fromClient, string words) => Add(new TracedPacket { Number = Next, Nanoseconds = Nanoseconds, FromInitiator = fromClient, Length = 0, Icmp = words, InitiatorState = _client, ResponderState = _server, Inferred = _inferred });

    public TraceStory Dropped(long count)
    {
        Conversation.Dropped = count;
        return this;
    }

    /// <summary>The three-way handshake, from 0 ms to 0.05 ms.</summary>
    public TraceStory Handshake() =>
        At(0).States(SocketState.SynSent, SocketState.None).ToServer(TcpFlags.Syn, 0, window: 65495)
            .At(0.02).States(SocketState.Established, SocketState.SynReceived).ToClient(TcpFlags.Syn | TcpFlags.Ack, 0, 1, window: 65483)
            .At(0.05).States(SocketState.Established, SocketState.Established).ToServer(TcpFlags.Ack, 1, 1);

    public SocketScope Open(SocketRole role, EndPoint? local, EndPoint? remote, SocketScope? parent = null, string transport = "tcp")
    {
        SocketScope scope = _events.Open(role, transport, parent);
        (scope.Local, scope.Remote) = (local, remote);
        return scope;
    }

    public SocketScope OpenClient() => Open(SocketRole.Client, Client, Conversation.Responder);

    public SocketScope OpenServer(SocketScope? listener = null) => Open(SocketRole.Server, Conversation.Responder, Client, listener);

    public TraceStory Call(SocketScope scope, SocketCall call, string? reason = null, string? value = null)
    {
        scope.Called(call, SocketScope.Now, reason, value);
        return this;
    }

    public TraceStory Send(SocketScope scope, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        scope.Streamed(SocketCall.Send, SocketScope.Now, bytes.Length, new ReadOnlySequence<byte>(bytes));
        return this;
    }

    public TraceStory Receive(SocketScope scope, string text, int room = 1024)
    {
        scope.Streamed(SocketCall.Receive, SocketScope.Now, room, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)));
        return this;
    }

    public TraceStory Datagram(SocketScope scope, SocketCall call, string text, EndPoint? peer, string? reason = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        scope.Datagram(call, SocketScope.Now, call is SocketCall.Receive or SocketCall.ReceiveFrom ? 65535 : bytes.Length, new ReadOnlySequence<byte>(bytes), peer, reason);
        return this;
    }

    public TraceStory Fail(SocketScope scope, SocketCall call, SocketError error)
    {
        SocketFailure failure = SocketFailure.From(call, new SocketException((int)error));
        scope.Failed(call, SocketScope.Now, new SocketFailure(call, new SystemError(failure.Error.Name, Errno.Number(failure.Error.Name), failure.Error.Message), null, failure.InnerException));
        return this;
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => _calls.Add(e with { Utc = _start.AddTicks((long)(_now * TimeSpan.TicksPerMillisecond)), Duration = TimeSpan.FromMilliseconds(_took) });

    private long Next => Conversation.Packets.Count + 1;

    private long Nanoseconds => ((_start.Ticks - DateTime.UnixEpoch.Ticks) * 100) + (long)(_now * 1_000_000);

    private TraceStory Segment(bool fromClient, TcpFlags flags, long sequence, long acknowledgment, string data, SegmentMarks marks, int length, int window, ApplicationMessage[] messages) => Add(new TracedPacket
    {
        Number = Next,
        Nanoseconds = Nanoseconds,
        FromInitiator = fromClient,
        Flags = flags,
        Sequence = sequence,
        Acknowledgment = acknowledgment,
        Window = window,
        Options = flags.HasFlag(TcpFlags.Syn) ? SynOptions : TcpOptions.None,
        Length = length >= 0 ? length : Encoding.UTF8.GetByteCount(data),
        Preview = Preview(data),
        Marks = marks,
        Messages = messages,
        InitiatorState = _client,
        ResponderState = _server,
        Inferred = _inferred,
        Comment = _inferred ? "inferred: from the calls" : null,
    });

    private static byte[] Preview(string data)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(data);
        return bytes[..Math.Min(64, bytes.Length)];
    }

    private TraceStory Add(TracedPacket packet)
    {
        Conversation._packets.Add(packet);
        return this;
    }
}
