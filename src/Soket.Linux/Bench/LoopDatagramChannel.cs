using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Bench.Internal;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Native;
using Soket.Options;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Linux.Bench;

/// <summary>A connected datagram socket of the bench on a loop: as many datagrams by one call as there are. Loop's thread only.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LoopDatagramChannel(EventLoop loop, DatagramBatch batch, BenchPeer peer, EndPoint address, ManagedTransportOptions options) : LoopSource, IBenchChannel
{
    private const int WouldBlock = 11;  // EAGAIN
    private const int Interrupted = 4;  // EINTR

    private readonly Queue<byte[]> _left = new(); // what the system would not take yet
    private Socket? _socket;
    private bool _isReceiving;

    public bool KeepsMessages => true;

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>Makes the socket, and tells the peer.</summary>
    public void Open()
    {
        var context = new FailureContext { Endpoint = options.Endpoint, Transport = "udp", Remote = address };
        try
        {
            Socket socket = Sockets.CreateDatagram(address, null, context);
            _socket = socket;
            Sockets.Apply(socket, SocketOptionRoles.Datagram, options, null, context);
            if (options.Source is { } source)
                _socket = socket = Sockets.Bind(socket, source, options, null, context);
            socket.Connect(address);
            socket.Blocking = false;
            Attach(loop);
            Descriptor = (int)socket.SafeHandle.DangerousGetHandle(); // the socket lives as long as this does
            loop.Slots.Take(this);
            int watched = loop.Watch(LibC.PollAdd, this, LibC.PollIn);
            if (watched < 0)
                throw LoopFailure.Of(SocketCall.None, -watched, context);
        }
        catch (Exception e) when (e is SocketException or SocketFailure)
        {
            SocketFailure failure = e as SocketFailure ?? SocketFailure.From(SocketCall.Connect, (SocketException)e, context);
            Release();
            peer.OnClosed(failure);
            return;
        }

        peer.Opened(this);
    }

    public bool Send(ReadOnlySpan<byte> bytes)
    {
        BytesSent += bytes.Length;
        if (_left.Count > 0)
        {
            _left.Enqueue(bytes.ToArray());
            return false;
        }

        if (batch.Owner != this)
        {
            batch.Owner?.SendBatch();
            batch.Owner = this;
        }

        batch.Add(bytes);
        return batch.Count < DatagramBatch.Most || SendBatch();
    }

    // Replies that were received by one call are answered by one call.
    public void Flush()
    {
        if (!_isReceiving && batch.Owner == this)
            SendBatch();
    }

    public void ShutdownSend()
    {
    }

    public void Close() => End();

    public void Abort() => End();

    internal override void OnReady(uint events)
    {
        if ((events & LibC.PollOut) != 0)
            SendLeft();
        if ((events & ~LibC.PollOut) != 0 && Descriptor >= 0)
            Receive();
    }

    internal override void OnTimer()
    {
    }

    internal override void OnLoopEnded() => End();

    private void Receive()
    {
        int received = BenchCalls.ReceiveMany(Descriptor, batch.Incoming, DatagramBatch.Most, BenchCalls.NoWait, 0);
        if (received < 0)
        {
            Fault(SocketCall.Receive, Marshal.GetLastSystemError());
            return;
        }

        _isReceiving = true;
        for (int i = 0; i < received && Descriptor >= 0; i++)
        {
            ReadOnlyMemory<byte> datagram = batch.Received(i);
            BytesReceived += datagram.Length;
            Guarded(datagram);
        }

        _isReceiving = false;
        Flush();
    }

    // Nothing above catches what a peer throws: it would end the loop's thread.
    private void Guarded(ReadOnlyMemory<byte> datagram)
    {
        try
        {
            peer.OnReceived(datagram);
        }
        catch (Exception e)
        {
            peer.Break(e);
        }
    }

    // False: the system takes no more now.
    private bool SendBatch()
    {
        int sent = 0;
        int count = batch.Count;
        batch.Count = 0;
        batch.Owner = null;
        while (sent < count && Descriptor >= 0)
        {
            int result = BenchCalls.SendMany(Descriptor, batch.Outgoing + sent, (uint)(count - sent), BenchCalls.NoWait);
            if (result > 0)
            {
                sent += result;
                continue;
            }

            int error = Marshal.GetLastSystemError();
            if (error == Interrupted)
                continue;
            if (error == WouldBlock)
            {
                for (; sent < count; sent++)
                    _left.Enqueue(batch.Waiting(sent).ToArray());
                _ = loop.Watch(LibC.PollModify, this, LibC.PollIn | LibC.PollOut);
                return false;
            }

            // What an earlier datagram came to is told once, and leaves this one unsent; what this one came to would come again.
            if (error != LastRefused)
                sent++;
            Fault(SocketCall.Send, error);
        }

        return true;
    }

    private const int LastRefused = 111; // ECONNREFUSED

    private void SendLeft()
    {
        int most = DatagramBatch.Most;
        while (most-- > 0 && _left.TryPeek(out byte[]? datagram) && Descriptor >= 0)
        {
            nint result;
            fixed (byte* bytes = datagram)
                result = LibC.SendTo(Descriptor, bytes, datagram.Length, BenchCalls.NoWait);
            int error = result < 0 ? Marshal.GetLastSystemError() : 0;
            if (error is WouldBlock or Interrupted)
                return;
            _left.Dequeue();
            if (error != 0)
                Fault(SocketCall.Send, error);
        }

        if (_left.Count > 0 || Descriptor < 0)
            return;
        _ = loop.Watch(LibC.PollModify, this, LibC.PollIn);
        peer.OnDrained();
    }

    private void Fault(SocketCall call, int error)
    {
        if (error is not (WouldBlock or Interrupted))
            peer.OnFault(LoopFailure.Of(call, error, new FailureContext { Endpoint = options.Endpoint, Transport = "udp", Remote = address, Sent = BytesSent, Received = BytesReceived }));
    }

    private void End()
    {
        if (Descriptor < 0)
            return;
        Release();
        peer.OnClosed(null);
    }

    private void Release()
    {
        if (batch.Owner == this)
            (batch.Owner, batch.Count) = (null, 0);
        if (Slot >= 0)
            loop.Slots.Free(this);
        Descriptor = -1;
        _socket?.Dispose(); // closing takes it out of epoll
    }
}
