using System.Net;
using Soket.Events;

namespace Soket.Transports.Internal;

/// <summary>One end of a connection within the process.</summary>
internal sealed class MemoryConnection : StreamConnection
{
    public const string TransportName = "memory";
    private readonly MemoryLink _link;

    public MemoryConnection(MemoryLink link, SocketScope? scope, EndPoint local, EndPoint remote, ManagedTransportOptions options)
        : base(scope, new MemoryStream(link, scope, options), options)
    {
        _link = link;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
    }

    protected override bool HasUnread => _link.HasUnread;

    protected override void ShutdownSend() => _link.ShutdownSend();

    protected override ValueTask ReleaseAsync(bool reset)
    {
        if (reset)
            _link.Reset();
        else
            _link.Close();
        return ValueTask.CompletedTask;
    }

    private sealed class MemoryStream(MemoryLink link, SocketScope? scope, ManagedTransportOptions options)
        : TransportStream(scope, TransportName, options.Endpoint, options.ReceiveSize)
    {
        protected override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => link.ReceiveAsync(buffer, cancellationToken);

        protected override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => link.SendAsync(bytes, cancellationToken);
    }
}
