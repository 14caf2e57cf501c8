using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Services;

namespace Soket.Linux.Engine.Datagrams;

/// <summary>
/// Replies on their way to one sendmmsg(2); those of equal length to one peer, one after another, go as one message that the kernel cuts (UDP_SEGMENT). One thread.
/// </summary>
internal sealed unsafe class ReplyBatch
{
    private const int Most = 256;
    private const int Arena = 256 * 1024;
    private const int MostSegments = 64;        // UDP_MAX_SEGMENTS before Linux 6.9
    private const int LongestTrain = 65_000;    // less than what a length of 16 bits counts with the headers
    private const int InvalidArgument = 22, InputOutput = 5, TooLong = 90;

    private readonly int _descriptor;
    private readonly SocketScope? _scope;
    private readonly FailureContext _context;
    private readonly DatagramAnswers _answers;
    private readonly byte[] _arena = GC.AllocateUninitializedArray<byte>(Arena, pinned: true);
    private readonly LibC.Piece[] _pieces = GC.AllocateArray<LibC.Piece>(Most, pinned: true);
    private readonly LibC.Datagram[] _messages = GC.AllocateArray<LibC.Datagram>(Most, pinned: true);
    private readonly LibC.ControlNumber[] _control = GC.AllocateArray<LibC.ControlNumber>(Most, pinned: true);
    private readonly Reply[] _replies = new Reply[Most];
    private int _longestSegment; // longer ones the way to somebody did not take in a train; 0: none
    private int _count;
    private int _used;

    public ReplyBatch(int descriptor, SocketScope? scope, FailureContext context, DatagramAnswers answers, bool segments)
    {
        _descriptor = descriptor;
        _scope = scope;
        _context = context;
        _answers = answers;
        _longestSegment = segments ? LongestTrain / 2 : 0;
    }

    /// <summary>Adds a reply that stands where it stays until <see cref="Send"/>.</summary>
    public void Add(byte* bytes, int length, in ReceivedOne asked, EndPoint to)
    {
        if (_count == Most)
            Send();
        _replies[_count] = new() { To = to, Name = asked.Name, NameLength = asked.NameLength, Index = asked.Index };
        _pieces[_count++] = new() { Bytes = bytes, Length = length };
    }

    /// <summary>Adds a reply, copied.</summary>
    public void Add(ReadOnlySpan<byte> bytes, in ReceivedOne asked, EndPoint to)
    {
        if (bytes.Length > Arena - _used)
            Send();
        if (bytes.Length > Arena)
        {
            // A Unix datagram may be longer than all of it; the system says whether it takes it.
            byte[] own = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
            bytes.CopyTo(own);
            Add(DatagramBatch.Pointer(own), own.Length, asked, to);
            Send();
            GC.KeepAlive(own);
            return;
        }

        bytes.CopyTo(_arena.AsSpan(_used));
        byte* place = DatagramBatch.Pointer(_arena) + _used;
        _used += bytes.Length;
        Add(place, bytes.Length, asked, to);
    }

    /// <summary>Sends them all. What fails is told, and concerns that reply only.</summary>
    public void Send()
    {
        int from = 0;
        while (from < _count)
            from = SendFrom(from);
        _count = 0;
        _used = 0;
    }

    // Sends from a reply on, as many as one call takes; gives the first that is left.
    private int SendFrom(int from)
    {
        int messages = Gather(from);
        long started = _scope is null ? 0 : SocketScope.Now;
        int sent;
        if (_scope is null)
        {
            sent = SendMany(messages);
        }
        else
        {
            lock (_scope.Order)
            {
                sent = SendMany(messages);
                Tell(sent, started, from);
            }
        }

        int next = from;
        for (int i = 0; i < sent; i++)
            next += (int)_messages[i].Header.PieceCount;
        return sent >= 0 ? next : from + Failed(from, -sent, started);
    }

    // Puts what can go together into messages.
    private int Gather(int from)
    {
        int messages = 0;
        LibC.Piece* pieces = (LibC.Piece*)DatagramBatch.Pointer(_pieces);
        LibC.ControlNumber* control = (LibC.ControlNumber*)DatagramBatch.Pointer(_control);
        for (int i = from; i < _count;)
        {
            int together = Together(i);
            ref LibC.Datagram message = ref _messages[messages];
            message.Header = new() { Address = _replies[i].Name, AddressLength = (uint)_replies[i].NameLength, Pieces = pieces + i, PieceCount = together };
            if (together > 1)
            {
                control[messages] = new() { Length = LibC.SegmentGiven, Level = LibC.UdpLevel, Type = LibC.UdpSegment, Number = (int)pieces[i].Length };
                message.Header.Control = (byte*)(control + messages);
                message.Header.ControlLength = LibC.ControlRoom;
            }

            messages++;
            i += together;
        }

        return messages;
    }

    // How many replies from one on go to the same peer with the same length; the last may be shorter.
    private int Together(int first)
    {
        nint length = _pieces[first].Length;
        if (length == 0 || length > _longestSegment)
            return 1;
        int count = 1;
        nint total = length;
        while (first + count < _count && count < MostSegments && IsSamePeer(first, first + count))
        {
            nint next = _pieces[first + count].Length;
            if (next == 0 || next > length || total + next > LongestTrain)
                break;
            total += next;
            count++;
            if (next < length)
                break;
        }

        return count;
    }

    private bool IsSamePeer(int one, int other)
    {
        ref Reply a = ref _replies[one], b = ref _replies[other];
        return a.Index == b.Index || ReferenceEquals(a.To, b.To);
    }

    private int SendMany(int messages)
    {
        int sent = LibC.SendMany(_descriptor, (LibC.Datagram*)DatagramBatch.Pointer(_messages), (uint)messages, LibC.NoSignalNoWait);
        return sent < 0 ? -Marshal.GetLastPInvokeError() : sent;
    }

    // The first message could not be sent. Gives how many replies are done with.
    private int Failed(int from, int errno, long started)
    {
        int together = (int)_messages[0].Header.PieceCount;
        if (errno == LoopKernel.Interrupted)
            return 0;
        if (together > 1 && errno is InvalidArgument or TooLong or InputOutput)
        {
            // More than the way takes, or a card that cannot: each for itself then, and shorter ones only from now on.
            _longestSegment = (int)_pieces[from].Length - 1;
            return 0;
        }

        if (errno is LoopKernel.Again or LoopKernel.NoBuffers && Waited(from))
            return 0;
        if (errno is LoopKernel.Again)
        {
            _answers.TellNotRead(_replies[from].To);
        }
        else
        {
            EndPoint to = _replies[from].To;
            _scope?.Failed(SocketCall.SendTo, started, LoopFailure.Of(SocketCall.SendTo, errno, _context with { Remote = to, Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started), Sent = _scope.Sent, Received = _scope.Received }));
        }

        _replies[from].Tries = 0;
        return together;
    }

    // A peer whose queue is full is waited for, but not for long; nothing tells when there is room, so it is tried again and again.
    private bool Waited(int from)
    {
        ref Reply reply = ref _replies[from];
        long now = Environment.TickCount64;
        if (reply.Tries++ == 0)
            reply.Until = now + (long)_answers.SendLimit().TotalMilliseconds;
        if (now >= reply.Until)
            return false;
        Thread.Sleep(1);
        return true;
    }

    private void Tell(int sent, long started, int reply)
    {
        long call = _scope!.Events.NextCall();
        for (int i = 0; i < sent; i++)
        {
            for (nint left = _messages[i].Header.PieceCount; left > 0; left--, reply++)
            {
                byte[] bytes = new ReadOnlySpan<byte>(_pieces[reply].Bytes, (int)_pieces[reply].Length).ToArray();
                _scope.Datagram(SocketCall.SendTo, started, bytes.Length, new ReadOnlySequence<byte>(bytes), _replies[reply].To, callId: call);
            }
        }
    }

    private struct Reply
    {
        public EndPoint To;
        public byte* Name;
        public int NameLength;
        public int Index;
        public int Tries;
        public long Until;
    }
}
