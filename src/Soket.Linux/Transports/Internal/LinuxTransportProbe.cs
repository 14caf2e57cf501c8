using System.Net.Sockets;
using Soket.Linux.Engine;
using Soket.Linux.Native;
using Soket.Transports;

namespace Soket.Linux.Transports.Internal;

/// <summary>Tries what the loops need: a container may forbid it (seccomp(2)), and something that only claims to be Linux may not have it.</summary>
internal static class LinuxTransportProbe
{
    private static readonly Lazy<TransportSupport> Tried = new(Try);

    public static TransportSupport Result => Tried.Value;

    private static TransportSupport Try()
    {
        if (!OperatingSystem.IsLinux())
            return new(false, "not-linux");
        if (!Socket.OSSupportsIPv4 && !Socket.OSSupportsIPv6)
            return new(false, "no-ip");
        int poll = LinuxKernel.Instance.CreatePoll();
        if (poll < 0)
            return new(false, "no-epoll");
        int signal = LinuxKernel.Instance.CreateSignal();
        // What was made may still be forbidden to be used.
        int watched = signal < 0 ? signal : LinuxKernel.Instance.Watch(poll, LibC.PollAdd, signal, LibC.PollIn, 1);
        if (signal >= 0)
            _ = LinuxKernel.Instance.Close(signal);
        _ = LinuxKernel.Instance.Close(poll);
        if (signal < 0)
            return new(false, "no-eventfd");
        if (watched < 0)
            return new(false, "no-epoll");
        return new(true, "");
    }
}
