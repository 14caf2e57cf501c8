using System.Diagnostics;
using System.Runtime.InteropServices;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

/// <summary>The kernel itself.</summary>
internal sealed unsafe class LinuxKernel : LoopKernel
{
    private LinuxKernel()
    {
    }

    public static LinuxKernel Instance { get; } = new();

    public override EpollLayout Layout => EpollLayout.Here;

    public override long Now => Stopwatch.GetTimestamp(); // nanoseconds on Linux: clock_gettime(2), CLOCK_MONOTONIC

    public override int CreatePoll() => Result(LibC.CreatePoll(LibC.CloseOnExecFlag));

    public override int CreateSignal() => Result(LibC.CreateSignal(0, LibC.NonBlocking | LibC.CloseOnExecFlag));

    public override void Raise(int signal)
    {
        ulong one = 1;
        _ = LibC.WriteTo(signal, (byte*)&one, sizeof(ulong)); // EAGAIN: it is raised already, as high as it goes
    }

    public override void Clear(int signal)
    {
        ulong count;
        _ = LibC.Read(signal, (byte*)&count, sizeof(ulong)); // EAGAIN: it was not raised
    }

    public override int Watch(int poll, int operation, int descriptor, uint events, ulong data)
    {
        byte* place = stackalloc byte[16];
        Layout.Write(new Span<byte>(place, 16), events, data);
        return Result(LibC.ControlPoll(poll, operation, descriptor, place));
    }

    public override int Wait(int poll, byte* events, int room, int milliseconds) => Result(LibC.WaitPoll(poll, events, room, milliseconds));

    public override int CreateSocket(int family, int type, int protocol) =>
        Result(LibC.CreateSocket(family, type | LibC.NonBlocking | LibC.CloseOnExecFlag, protocol));

    public override int Bind(int descriptor, byte* address, int length) => Result(LibC.BindTo(descriptor, address, length));

    public override int Listen(int descriptor, int backlog) => Result(LibC.Listen(descriptor, backlog));

    public override int Accept(int descriptor, byte* address, int* length) =>
        Result(LibC.Accept(descriptor, address, length, LibC.NonBlocking | LibC.CloseOnExecFlag));

    public override int Connect(int descriptor, byte* address, int length) => Result(LibC.Connect(descriptor, address, length));

    public override int CreatePipe(out int writing)
    {
        int* ends = stackalloc int[2];
        int result = Result(LibC.CreatePipe(ends, LibC.NonBlocking | LibC.CloseOnExecFlag));
        writing = result < 0 ? -1 : ends[1];
        return result < 0 ? result : ends[0];
    }

    public override int SetPipeSize(int pipe, int size) => Result(LibC.Control(pipe, LibC.PipeSize, size));

    public override nint Splice(int from, int to, nint length)
    {
        nint moved = LibC.Splice(from, null, to, null, length, LibC.SpliceMoveNoWait);
        return moved >= 0 ? moved : -Marshal.GetLastSystemError();
    }

    public override nint ReadPipe(int pipe, byte* buffer, nint length)
    {
        nint read = LibC.Read(pipe, buffer, length);
        return read >= 0 ? read : -Marshal.GetLastSystemError();
    }

    public override nint Receive(int descriptor, byte* buffer, nint length)
    {
        nint received = LibC.ReceiveFrom(descriptor, buffer, length, LibC.NoWait);
        return received >= 0 ? received : -Marshal.GetLastSystemError();
    }

    public override nint Send(int descriptor, byte* bytes, nint length)
    {
        nint sent = LibC.SendTo(descriptor, bytes, length, LibC.NoSignalNoWait);
        return sent >= 0 ? sent : -Marshal.GetLastSystemError();
    }

    public override nint Send(int descriptor, LibC.Piece* pieces, int count)
    {
        LibC.MessageHeader header = default;
        header.Pieces = pieces;
        header.PieceCount = count;
        nint sent = LibC.SendMessage(descriptor, &header, LibC.NoSignalNoWait);
        return sent >= 0 ? sent : -Marshal.GetLastSystemError();
    }

    public override int ShutdownSend(int descriptor) => Result(LibC.Shutdown(descriptor, LibC.ShutdownWrite));

    public override int Close(int descriptor) => Result(LibC.Close(descriptor));

    public override int GetOption(int descriptor, int level, int name, byte* value, int* length) => Result(LibC.GetOption(descriptor, level, name, value, length));

    public override int SetOption(int descriptor, int level, int name, byte* value, int length) => Result(LibC.SetOption(descriptor, level, name, value, length));

    public override int LocalName(int descriptor, byte* address, int* length) => Result(LibC.LocalName(descriptor, address, length));

    public override int Unread(int descriptor) => Bytes(descriptor, LibC.Unread);

    public override int Untaken(int descriptor) => Bytes(descriptor, LibC.Untaken);

    private static int Bytes(int descriptor, nuint request)
    {
        int bytes = 0;
        int result = Result(LibC.Request(descriptor, request, &bytes));
        return result < 0 ? result : bytes;
    }

    // errno is read before anything else can be called: the runtime keeps it over the way back from the call, as its own marshalling relies on.
    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastSystemError();
}
