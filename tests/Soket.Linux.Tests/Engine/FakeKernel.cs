using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Soket.Linux.Engine;
using Soket.Linux.Native;

namespace Soket.Linux.Tests.Engine;

/// <summary>
/// A kernel made for trouble. Connections are pairs of byte queues in memory, of which the test holds one end; every call may be interrupted, cut short, refused for want
/// of memory or descriptors, and epoll may tell of a descriptor that is closed by now. It answers as Linux does, only more often so. One thread.
/// </summary>
internal sealed unsafe class FakeKernel(Random random, EpollLayout layout) : LoopKernel
{
    private readonly List<Descriptor?> _descriptors = [null, null, null];
    private readonly Queue<(FakePeer Peer, int Error)> _backlog = [];
    private readonly List<(uint Events, ulong Data)> _old = []; // told once, and perhaps again
    private int _freed;

    /// <summary>Of a hundred calls that may fail for a moment, how many do.</summary>
    public int Trouble { get; set; } = 20;

    /// <summary>How many descriptors there may be.</summary>
    public int Limit { get; set; } = 1000;

    /// <summary>Bytes a connection takes before its peer has read any.</summary>
    public int Room { get; set; } = 1000;

    /// <summary>What accept says; 0: what there is to say.</summary>
    public int AcceptFails { get; set; }

    /// <summary>Descriptors that are open.</summary>
    public int Open => _descriptors.Count(one => one is not null);

    /// <summary>How many were closed.</summary>
    public int Closed => _freed;

    /// <summary>What a program must not do to its kernel: a descriptor closed twice, a call on one that is not open.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>How often each kind of trouble was made.</summary>
    public Dictionary<string, int> Made { get; } = [];

    public long Time { get; set; } = 1_000_000_000;

    public override EpollLayout Layout => layout;

    public override long Now => Time;

    /// <summary>Somebody connects.</summary>
    public FakePeer Connect()
    {
        var peer = new FakePeer(this);
        _backlog.Enqueue((peer, 0));
        return peer;
    }

    /// <summary>Somebody has connected and is gone before accept.</summary>
    public void ConnectAndVanish() => _backlog.Enqueue((new FakePeer(this), Aborted));

    public override int CreatePoll() => Add(new Descriptor { Kind = "epoll" });

    public override int CreateSignal() => Add(new Descriptor { Kind = "signal" });

    public override void Raise(int signal) => Get(signal, "signal")!.Raised = true;

    public override void Clear(int signal) => Get(signal, "signal")!.Raised = false;

    public override int Watch(int poll, int operation, int descriptor, uint events, ulong data)
    {
        if (Get(poll, "epoll") is null || Get(descriptor, null) is not { } one)
            return -9;
        switch (operation)
        {
            case LibC.PollAdd when one.Watched is not null:
                Wrong.Add($"{descriptor} added twice to epoll");
                return -17;
            case not LibC.PollAdd when one.Watched is null:
                Wrong.Add($"{descriptor} is not in epoll");
                return -2;
        }

        one.Watched = operation == LibC.PollDelete ? null : (events, data);
        return 0;
    }

    public override int Wait(int poll, byte* events, int room, int milliseconds)
    {
        if (Happens("EINTR of epoll_wait"))
            return -Interrupted;
        var ready = new List<(uint Events, ulong Data)>();
        foreach (Descriptor? one in _descriptors)
        {
            if (one?.Watched is { } watched && (one.Ready(this, _backlog.Count > 0) & (watched.Events | LibC.PollError | LibC.PollHangUp)) is var now and not 0)
                ready.Add((now, watched.Data));
        }

        // Events that were collected before something else of this turn closed the descriptor, or emptied it.
        if (_old.Count > 0 && Happens("late event"))
            ready.Add(_old[random.Next(_old.Count)]);
        (uint, ulong)[] told = [.. ready];
        random.Shuffle(told);
        int count = Math.Min(told.Length, Math.Min(room, 1 + random.Next(8)));
        for (int i = 0; i < count; i++)
        {
            layout.Write(new Span<byte>(events + (i * layout.Size), layout.Size), told[i].Item1, told[i].Item2);
            _old.Add(told[i]);
        }

        if (_old.Count > 200)
            _old.RemoveRange(0, 100);
        if (count == 0 && milliseconds > 0)
            Time += milliseconds * 1_000_000L;
        return count;
    }

    public override int CreateSocket(int family, int type, int protocol) => Open >= Limit ? -TooManyOpen : Add(new Descriptor { Kind = "socket" });

    public override int Bind(int descriptor, byte* address, int length) => Get(descriptor, "socket") is null ? -9 : 0;

    public override int Listen(int descriptor, int backlog)
    {
        Get(descriptor, "socket")!.Kind = "listener";
        return 0;
    }

    public override int Connect(int descriptor, byte* address, int length)
    {
        var peer = new FakePeer(this);
        Descriptor one = Get(descriptor, "socket")!;
        one.Peer = peer;
        if (Connects is { } connects)
            connects(peer);
        return -InProgress;
    }

    /// <summary>What the test does with a connect: <see cref="FakePeer.Accepted"/> or <see cref="FakePeer.RefusedWith"/>.</summary>
    public Action<FakePeer>? Connects { get; set; }

    public override int Accept(int descriptor, byte* address, int* length)
    {
        if (Get(descriptor, "listener") is null)
            return -9;
        if (AcceptFails != 0)
            return -AcceptFails;
        if (Happens("EINTR of accept"))
            return -Interrupted;
        if (_backlog.Count == 0 || Happens("EAGAIN of accept"))
            return -Again;
        if (Happens("ENOBUFS of accept"))
            return -NoBuffers;
        if (Open >= Limit || Happens("EMFILE"))
            return random.Next(2) == 0 ? -TooManyOpen : -TableFull;
        (FakePeer peer, int error) = _backlog.Dequeue();
        if (error != 0)
        {
            Count("ECONNABORTED");
            return -error;
        }

        var name = new Span<byte>(address, 16);
        name.Clear();
        name[0] = LibC.InternetFamily;
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], peer.Port);
        name[4] = 127;
        name[7] = 1;
        *length = 16;
        peer.Accepted();
        return Add(new Descriptor { Kind = "stream", Peer = peer });
    }

    public override nint Receive(int descriptor, byte* buffer, nint length)
    {
        if (Get(descriptor, "stream") is not { Peer: { } peer })
            return -9;
        if (Happens("EINTR of recv"))
            return -Interrupted;
        if (peer.ToServer.Count > 0)
        {
            if (Happens("EAGAIN of recv"))
                return -Again;
            int count = Math.Min((int)length, peer.ToServer.Count);
            if (Happens("short recv"))
                count = 1 + random.Next(count);
            CollectionsMarshal.AsSpan(peer.ToServer)[..count].CopyTo(new Span<byte>(buffer, count));
            peer.ToServer.RemoveRange(0, count);
            return count;
        }

        if (peer.HasReset)
            return peer.TakeReset();
        return peer.HasEnded ? 0 : -Again;
    }

    public override nint Send(int descriptor, byte* bytes, nint length)
    {
        LibC.Piece piece = new() { Bytes = bytes, Length = length };
        return Send(descriptor, &piece, 1);
    }

    public override nint Send(int descriptor, LibC.Piece* pieces, int count)
    {
        if (Get(descriptor, "stream") is not { Peer: { } peer } one)
            return -9;
        if (one.HalfClosed)
        {
            Wrong.Add($"{descriptor}: sent after shutdown");
            return -BrokenPipe;
        }

        if (Happens("EINTR of send"))
            return -Interrupted;
        if (Happens("ENOBUFS of send"))
            return -NoBuffers;
        if (peer.HasReset || peer.IsGone)
            return peer.HasReset ? peer.TakeReset() : -BrokenPipe;
        int room = Room - peer.FromServer.Count;
        if (room <= 0 || Happens("EAGAIN of send"))
            return -Again;
        if (Happens("short send"))
            room = 1 + random.Next(room);
        int sent = 0;
        for (int i = 0; i < count && room > 0; i++)
        {
            int take = (int)Math.Min(pieces[i].Length, room);
            peer.FromServer.AddRange(new ReadOnlySpan<byte>(pieces[i].Bytes, take));
            room -= take;
            sent += take;
        }

        return sent;
    }

    public override int ShutdownSend(int descriptor)
    {
        Descriptor one = Get(descriptor, "stream")!;
        if (one.Peer!.HasReset)
            return -NotConnected;
        one.HalfClosed = true;
        one.Peer.ServerEnded = true;
        return 0;
    }

    public override int Close(int descriptor)
    {
        if (Get(descriptor, null) is not { } one)
            return -9;
        if (one.Peer is { } peer)
        {
            peer.ServerClosed++;
            peer.ServerReset = one.Resets || peer.ToServer.Count > 0; // closing with bytes unread is a reset, RFC 2525 2.17
            peer.ServerEnded = true;
        }

        _descriptors[descriptor] = null;
        _freed++;
        return Happens("EINTR of close") ? -Interrupted : 0; // closed all the same, close(2)
    }

    public override int GetOption(int descriptor, int level, int name, byte* value, int* length)
    {
        Descriptor one = Get(descriptor, null)!;
        *(int*)value = name == LibC.PendingError ? one.Peer?.ConnectError ?? 0 : 0;
        if (one.Kind == "socket" && one.Peer is { IsAccepted: true })
            one.Kind = "stream";
        return 0;
    }

    public override int SetOption(int descriptor, int level, int name, byte* value, int length)
    {
        if (Get(descriptor, null) is { } one && level == LibC.SocketLevel && name == LibC.Linger)
            one.Resets = true;
        return 0;
    }

    public override int LocalName(int descriptor, byte* address, int* length)
    {
        var name = new Span<byte>(address, 16);
        name.Clear();
        name[0] = LibC.InternetFamily;
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], 7);
        name[4] = 127;
        name[7] = 1;
        *length = 16;
        return 0;
    }

    public override int Unread(int descriptor) => Get(descriptor, "stream")?.Peer!.ToServer.Count ?? 0;

    public override int Untaken(int descriptor) => 0; // nobody asks here

    private bool Happens(string trouble)
    {
        if (random.Next(100) >= Trouble)
            return false;
        Count(trouble);
        return true;
    }

    private void Count(string trouble) => Made[trouble] = Made.GetValueOrDefault(trouble) + 1;

    // The lowest free number, open(2): a descriptor is used again as soon as it can be.
    private int Add(Descriptor one)
    {
        int free = _descriptors.FindIndex(3, other => other is null);
        if (free < 0)
        {
            free = _descriptors.Count;
            _descriptors.Add(null);
        }

        _descriptors[free] = one;
        return free;
    }

    private Descriptor? Get(int descriptor, string? kind)
    {
        Descriptor? one = descriptor >= 3 && descriptor < _descriptors.Count ? _descriptors[descriptor] : null;
        if (one is null || (kind is not null && one.Kind != kind))
            Wrong.Add($"{descriptor} is {one?.Kind ?? "closed"} and no {kind ?? "descriptor"}");
        return kind is null || one?.Kind == kind ? one : null;
    }

    private sealed class Descriptor
    {
        public string Kind = "";
        public FakePeer? Peer;
        public (uint Events, ulong Data)? Watched;
        public bool Raised;
        public bool Resets;
        public bool HalfClosed;

        public uint Ready(FakeKernel kernel, bool backlog)
        {
            uint ready = 0;
            switch (Kind)
            {
                case "signal":
                    return Raised ? LibC.PollIn : 0;
                case "listener":
                    return backlog ? LibC.PollIn : 0;
                case "socket" when Peer is { } peer:
                    return peer.ConnectError != 0 ? LibC.PollOut | LibC.PollError | LibC.PollHangUp : peer.IsAccepted ? LibC.PollOut : 0;
                case "stream":
                    if (Peer!.ToServer.Count > 0 || Peer.HasEnded || Peer.HasReset)
                        ready |= LibC.PollIn;
                    if (Peer.FromServer.Count < kernel.Room || Peer.HasReset)
                        ready |= LibC.PollOut;
                    if (Peer.HasReset)
                        ready |= LibC.PollError | LibC.PollHangUp;
                    else if (Peer.HasEnded && HalfClosed)
                        ready |= LibC.PollHangUp;
                    return ready;
                default:
                    return 0;
            }
        }
    }
}

/// <summary>The other end of a connection of the <see cref="FakeKernel"/>.</summary>
internal sealed class FakePeer(FakeKernel kernel)
{
    private static ushort s_port = 1024;
    private bool _resetTaken;

    public ushort Port { get; } = s_port++;

    public List<byte> ToServer { get; } = [];

    public List<byte> FromServer { get; } = [];

    public bool IsAccepted { get; private set; }

    public int ConnectError { get; private set; }

    public bool HasEnded { get; private set; }

    public bool HasReset { get; private set; }

    /// <summary>Closed: what is sent to it is answered with a reset.</summary>
    public bool IsGone { get; private set; }

    public bool ServerEnded { get; set; }

    public bool ServerReset { get; set; }

    public int ServerClosed { get; set; }

    public void Accepted() => IsAccepted = true;

    public void RefusedWith(int error) => ConnectError = error;

    public void Write(ReadOnlySpan<byte> bytes) => ToServer.AddRange(bytes);

    public void End() => HasEnded = true;

    public void Reset()
    {
        ToServer.Clear();
        HasReset = true;
        HasEnded = true;
    }

    public byte[] Read(int most)
    {
        byte[] read = [.. FromServer.Take(Math.Min(most, FromServer.Count))];
        FromServer.RemoveRange(0, read.Length);
        return read;
    }

    // The error is told once; from then on the stream has ended, and sending is EPIPE.
    public int TakeReset()
    {
        _ = kernel;
        if (_resetTaken)
            return -LoopKernel.BrokenPipe;
        _resetTaken = true;
        return -LoopKernel.Reset;
    }
}
