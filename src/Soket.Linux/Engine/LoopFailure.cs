using System.Net.Sockets;
using Soket.Explain;

namespace Soket.Linux.Engine;

/// <summary>An errno of a loop's calls, translated once, as the managed transport's sockets have it.</summary>
internal static class LoopFailure
{
    /// <summary>The failure of a call that gave an errno.</summary>
    public static SocketFailure Of(SocketCall call, int errno, FailureContext context) =>
        new(call, Error(errno), context, new SocketException((int)Errno.Error(errno))); // a SocketException inside says that the system said it

    /// <summary>What the system said.</summary>
    public static SystemError Error(int errno)
    {
        string name = Errno.Name(errno) ?? $"errno {errno}";
        return new(name, errno, Errno.Text(name) ?? System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno));
    }
}
