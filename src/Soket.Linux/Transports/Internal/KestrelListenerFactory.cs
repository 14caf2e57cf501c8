using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Soket.Explain;
using Soket.Options;
using Soket.Transports;

namespace Soket.Linux.Transports.Internal;

/// <summary>What Kestrel asks for its listeners: says what it can bind, and fails in the words that Kestrel understands.</summary>
internal sealed partial class KestrelListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly LinuxTransportOptions _options;
    private readonly bool _works;

    public KestrelListenerFactory(LinuxTransportOptions options, ILogger<LinuxTransport> logger)
    {
        _options = options;
        TransportSupport support = LinuxTransportProbe.Result;
        _works = support.IsSupported;
        if (_works)
            Used(logger);
        else
            NotUsed(logger, support.Reason);
    }

    public bool CanBind(EndPoint endpoint) => _works && endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        try
        {
            return await new LinuxTransport(For(endpoint), forKestrel: true).BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure e) when (e.Error.Name == "EADDRINUSE")
        {
            throw new AddressInUseException(e.Message, e);
        }
        catch (SocketFailure e) when (e.Error.Name is "EADDRNOTAVAIL" or "EAFNOSUPPORT")
        {
            // Kestrel goes on without a family that is missing when it sees anything but an IOException.
            throw new NotSupportedException(e.Message, e);
        }
    }

    // As Kestrel's own transport has it: no waiting for small packets, and "any" means both families, by one socket.
    private LinuxTransportOptions For(EndPoint endpoint)
    {
        List<SocketOptionSetting> settings = [.. _options.Sockets.Options];
        if (endpoint is IPEndPoint && !settings.Exists(setting => setting.Option == SocketOptions.NoDelay))
            settings.Add(new(SocketOptions.NoDelay, 1));
        if (endpoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any) && !settings.Exists(setting => setting.Option == SocketOptions.OnlyIPv6))
            settings.Add(new(SocketOptions.OnlyIPv6, 0));
        return _options with { Sockets = _options.Sockets with { Options = settings } };
    }

    [LoggerMessage(1, LogLevel.Debug, "Connections are carried by the linux transport (epoll).")]
    private static partial void Used(ILogger logger);

    [LoggerMessage(2, LogLevel.Warning, "The linux transport does not work here ({Reason}); connections are carried by Kestrel's own.")]
    private static partial void NotUsed(ILogger logger, string reason);
}
