using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Services;
using Soket.Transports.Internal;

namespace Soket.Linux.Engine.Datagrams;

/// <summary>
/// One datagram socket whose datagrams are answered on a thread of its own, which waits in recvmmsg(2) itself: two calls for as many datagrams as there are, and no third
/// one to learn that there are some.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class DatagramServer
{
    private readonly DatagramSocket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly int _descriptor; // used while Run holds the handle
    private readonly DatagramAnswers _answers;
    private readonly int _maxDatagram;
    private readonly DatagramBatch _batch = new();
    private readonly SenderNames _names = new();
    private readonly ReplyBatch _replies;
    private readonly PooledBuffer _reply = new();
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _internet;
    private bool _askedForTrains;

    public DatagramServer(DatagramSocket socket, DatagramAnswers answers, int maxDatagram)
    {
        _socket = socket;
        _handle = socket.Socket.SafeHandle;
        _descriptor = (int)_handle.DangerousGetHandle();
        _answers = answers;
        _maxDatagram = maxDatagram;
        _internet = socket.Socket.AddressFamily != AddressFamily.Unix;
        _replies = new ReplyBatch(_descriptor, socket.Scope, socket.Context, answers, segments: _internet);
    }

    /// <summary>Answers until it is stopped or the socket is closed.</summary>
    /// <exception cref="Exception">What the service threw; called again it goes on with what came after.</exception>
    public void Run()
    {
        Thread.CurrentThread.Name ??= "soket datagrams";
        bool held = false;
        try
        {
            // Held for all the calls at once: closing waits for this, and Stop ends it.
            _handle.DangerousAddRef(ref held);
            while (!IsStopping)
            {
                if (_batch.IsEmpty && !Receive())
                    return;
                AnswerBatch();
            }
        }
        catch (ObjectDisposedException)
        {
            // Whoever owns the socket closed it.
        }
        finally
        {
            if (held)
                _handle.DangerousRelease();
        }
    }

    /// <summary>Makes <see cref="Run"/> return; any thread. Nothing can be received from the socket afterwards.</summary>
    public void Stop()
    {
        if (!_stopping.TrySetResult())
            return;
        try
        {
            _ = LibC.Shutdown(_handle, LibC.ShutdownRead); // ENOTCONN is what it says, and wakes who waits all the same
        }
        catch (ObjectDisposedException)
        {
            // Closed already, and whoever waited has been told.
        }
    }

    private bool IsStopping => _stopping.Task.IsCompleted;

    // False: there is nothing more to wait for.
    private bool Receive()
    {
        long started = SocketScope.Now;
        int received = _batch.Receive(_descriptor);
        if (IsStopping)
            return false;
        if (received < 0)
            return ReceiveFailed(Marshal.GetLastPInvokeError(), started);
        if (received > 0 && _internet && _batch.Look(0, 0).NameLength == 0)
            return false; // no sender at all: somebody shut the socket down
        if (_socket.Scope is { } scope)
            TellReceived(scope, started);
        if (_batch.IsFull && !_askedForTrains && _internet)
            AskForTrains();
        return true;
    }

    private bool ReceiveFailed(int errno, long started)
    {
        switch (errno)
        {
            case LoopKernel.Interrupted:
                return true;
            case LoopKernel.Again:
                // Somebody has received from it without waiting, and so made it a socket that does not wait.
                var entry = new LibC.PollEntry { Descriptor = _descriptor, Events = LibC.Readable };
                _ = LibC.Poll(ref entry, 1, -1);
                return true;
        }

        SocketFailure failure = LoopFailure.Of(SocketCall.ReceiveFrom, errno, _socket.Context with { Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started), Sent = _socket.Scope?.Sent, Received = _socket.Scope?.Received });
        if (DatagramAnswers.IsClosed(failure))
            return false;
        _socket.Scope?.Failed(SocketCall.ReceiveFrom, started, failure);
        TimeSpan pause = _answers.PauseAfter(failure);
        return pause == TimeSpan.Zero || !_stopping.Task.Wait(pause);
    }

    private void AnswerBatch()
    {
        try
        {
            while (!_batch.IsEmpty)
            {
                ReceivedOne one = _batch.Take(); // taken before it is answered: what the service throws at is not tried twice
                System.Net.EndPoint? from = _names.Find(one.Name, one.NameLength);
                if (!_answers.Answer(_batch.Bytes(one, _maxDatagram), from, IsTruncated(one), _reply))
                    continue;
                if (_answers.Echoes)
                    _replies.Add(_batch.Place(one), Math.Min(one.Length, _maxDatagram), one, from!);
                else
                    _replies.Add(_reply.Written.Span, one, from!);
            }
        }
        finally
        {
            _answers.TellCounts();
            _replies.Send();
            if (_reply.Capacity > DatagramBatch.Room)
                _reply.Release();
        }
    }

    private bool IsTruncated(in ReceivedOne one) => one.Truncated || one.Length > _maxDatagram;

    private void TellReceived(SocketScope scope, long started)
    {
        long call = scope.Events.NextCall();
        for (int i = 0; i < _batch.Count; i++)
        {
            ReceivedOne one;
            int offset = 0;
            do
            {
                one = _batch.Look(i, offset);
                offset += one.Length;
                scope.Datagram(SocketCall.ReceiveFrom, started, _maxDatagram, _batch.Bytes(one, _maxDatagram), _names.Find(one.Name, one.NameLength), IsTruncated(one) ? "truncated" : null, call);
            }
            while (!one.IsLast);
        }
    }

    // Whoever sends so much that a call comes back full may be sending trains; a socket that is asked now and then never gets the option.
    private void AskForTrains()
    {
        _askedForTrains = true;
        long started = SocketScope.Now;
        Span<byte> on = stackalloc byte[sizeof(int)];
        on[0] = 1;
        if (LibC.SetSocketOption(_handle, LibC.UdpLevel, LibC.UdpReceiveOffload, on, sizeof(int)) != 0)
            return; // before Linux 5.0
        _batch.TakeTrains();
        _socket.Scope?.Option(SocketCall.SetOption, started, "UDP_GRO", "1");
    }
}
