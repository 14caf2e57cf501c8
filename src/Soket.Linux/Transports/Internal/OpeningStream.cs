using System.Runtime.Versioning;
using Soket.Explain;

namespace Soket.Linux.Transports.Internal;

/// <summary>An attempt to connect, until it stands, fails or is given up.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OpeningStream : TaskCompletionSource<LinuxConnection?>, IStreamOwner
{
    public OpeningStream()
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
    }

    public void Opened(LinuxConnection connection) => TrySetResult(connection);

    public void Failed(SocketFailure? failure)
    {
        if (failure is null)
            TrySetResult(null); // given up
        else
            TrySetException(failure);
    }
}
