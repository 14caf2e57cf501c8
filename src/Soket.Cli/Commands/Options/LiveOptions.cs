using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Options;
using Soket.Transports;

namespace Soket.Cli.Commands.Options;

/// <summary>The options of one live socket: set what was asked for, connect or bind, read back.</summary>
internal static class LiveOptions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task TellAsync(SocketUri endpoint, bool bind, List<SocketOption> names, List<SocketOptionSetting> settings, OptionOutput output, CancellationToken cancellationToken)
    {
        using Socket socket = await OpenAsync(endpoint, bind, settings, cancellationToken).ConfigureAwait(false);
        if (!output.IsJson)
            output.Write(output.Io.Text(bind ? "options.bound" : "options.connected", ("endpoint", endpoint), ("local", socket.LocalEndPoint), ("remote", bind ? null : socket.RemoteEndPoint)) + "\n");
        IEnumerable<SocketOption> shown = names.Count + settings.Count > 0 ? names.Concat(settings.Select(setting => setting.Option)).Distinct() : SocketOptions.All.Where(option => option.Fits(socket) && option.Readable && option.Raw.For(socket.AddressFamily) is not null);
        foreach (SocketOption option in shown)
        {
            SocketOptionSetting? asked = settings.LastOrDefault(setting => setting.Option == option) is { Option: not null } one ? one : null;
            try
            {
                output.Live(socket, option, asked, option.Readable ? SocketOptionCodec.Read(socket, option).ToString() : null, null);
            }
            catch (SocketFailure failure)
            {
                output.Live(socket, option, asked, null, failure);
            }
        }
    }

    // One address after the other; the last one's failure is told.
    private static async Task<Socket> OpenAsync(SocketUri endpoint, bool bind, List<SocketOptionSetting> settings, CancellationToken cancellationToken)
    {
        IReadOnlyList<EndPoint> addresses = await AddressResolver.ResolveAsync(endpoint, cancellationToken: cancellationToken).ConfigureAwait(false);
        for (int i = 0; ; i++)
        {
            try
            {
                return await OpenAsync(addresses[i] is IPEndPoint ip ? new IPEndPoint(ip.Address, endpoint.Port) : addresses[i], endpoint, bind, settings, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketFailure failure) when (failure.Call == SocketCall.Connect && i + 1 < addresses.Count)
            {
                continue;
            }
        }
    }

    private static async Task<Socket> OpenAsync(EndPoint address, SocketUri endpoint, bool bind, List<SocketOptionSetting> settings, CancellationToken cancellationToken)
    {
        ProtocolType protocol = endpoint.IsUnix ? ProtocolType.Unspecified : endpoint.IsDatagram ? ProtocolType.Udp : ProtocolType.Tcp;
        var context = new FailureContext { Endpoint = endpoint.ToString(), Local = bind ? address : null, Remote = bind ? null : address, Transport = endpoint.SchemeName };
        var socket = new Socket(address.AddressFamily, endpoint.IsDatagram ? SocketType.Dgram : SocketType.Stream, protocol);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            Set(socket, settings.Where(setting => !setting.Option.WhenConnected), context);
            if (bind && Platform.Sockets is { } native && address is IPEndPoint)
                socket = native.Bind(socket, address);
            else if (bind)
                socket.Bind(address);
            else
                await socket.ConnectAsync(address, patience.Token).ConfigureAwait(false);
            Set(socket, settings.Where(setting => setting.Option.WhenConnected), context);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw SocketFailure.From(bind ? SocketCall.Bind : SocketCall.Connect, e, context);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketFailure(SocketCall.Connect, SystemError.Timeout, context with { Elapsed = Patience });
        }
        catch (SocketFailure failure)
        {
            socket.Dispose();
            throw failure.With(context with { Facts = failure.Context.Facts });
        }
    }

    private static void Set(Socket socket, IEnumerable<SocketOptionSetting> settings, FailureContext context)
    {
        foreach (SocketOptionSetting setting in settings)
        {
            try
            {
                SocketOptionCodec.Apply(socket, setting, Platform.Sockets);
            }
            catch (SocketFailure failure)
            {
                throw failure.With(context with { Facts = failure.Context.Facts });
            }
        }
    }
}
