using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux;

/// <summary>Another network namespace (network_namespaces(7)). A namespace is a thread's: one of its own enters it, and ends with what it was for.</summary>
[SupportedOSPlatform("linux")]
internal static class NetworkNamespace
{
    /// <summary>Does something inside a network namespace.</summary>
    /// <param name="name">Its name as ip-netns(8) knows it, or the path of a file that stands for it.</param>
    /// <param name="work">What is done there.</param>
    /// <exception cref="SocketFailure">The namespace may not be entered.</exception>
    public static T Inside<T>(string name, Func<T> work)
    {
        string path = name.Contains('/', StringComparison.Ordinal) ? name : "/run/netns/" + name;
        T result = default!;
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                using Microsoft.Win32.SafeHandles.SafeFileHandle descriptor = File.OpenHandle(path);
                if (LibC.EnterNamespace(descriptor, LibC.NetworkNamespace) != 0)
                {
                    int error = Marshal.GetLastPInvokeError();
                    throw new SocketFailure(SocketCall.Socket, new SystemError(Errno.Name(error) ?? "EUNKNOWN", error, new System.ComponentModel.Win32Exception(error).Message), new FailureContext { Endpoint = path, Transport = "netns" });
                }

                result = work();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true, Name = "netns " + name };
        thread.Start();
        thread.Join();
        thrown?.Throw();
        return result;
    }
}
