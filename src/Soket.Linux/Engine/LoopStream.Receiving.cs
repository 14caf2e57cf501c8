using System.Buffers;
using Soket.Events;
using Soket.Explain;

namespace Soket.Linux.Engine;

public abstract unsafe partial class LoopStream
{
    // One receive an event: epoll is level-triggered and comes again, and nobody is kept waiting by somebody who sends much.
    private void Receive()
    {
        EventLoop loop = Loop;
        int size = _settings!.ReceiveSize;
        nint received = loop.Kernel.Receive(Descriptor, loop.Buffer, size);
        if (received <= 0)
        {
            ReceivedNothing((int)received, size);
            return;
        }

        _received += received;
        if (_scope is not null || _settings.Again.Length > 0)
            TellReceived(size, (int)received);
        try
        {
            OnReceived(new ReadOnlySpan<byte>(loop.Buffer, (int)received));
        }
        catch (Exception e)
        {
            Threw(e);
        }

        if (_scope is not null)
            Extras.Waiting = SocketScope.Now;
    }

    private void ReceivedNothing(int result, int size)
    {
        if (result is -LoopKernel.Again or -LoopKernel.Interrupted)
            return; // Somebody else's event, or a late one; level-triggered, it comes again if it means something.
        int errno = result < 0 ? -result : MetBySender();
        if (errno != 0)
        {
            Failed(SocketCall.Receive, errno, _extras?.Waiting ?? 0);
            return;
        }

        _scope?.Streamed(SocketCall.Receive, Extras.Waiting, size, ReadOnlySequence<byte>.Empty);
        Change(StreamFlags.InputEnded, set: true);
        Call(static stream => stream.OnEnd());
    }

    private void TellReceived(int size, int received)
    {
        _scope?.Streamed(SocketCall.Receive, Extras.Waiting, size, new ReadOnlySequence<byte>(Loop.ReceiveMemory[..received]));
        foreach (LoopOption option in _settings!.Again)
        {
            long started = SocketScope.Now;
            if (option.Set(Loop.Kernel, Descriptor) is { } failure)
                _scope?.Failed(SocketCall.SetOption, started, failure);
            else
                _scope?.Option(SocketCall.SetOption, started, option.Name, option.Text);
        }
    }
}
