using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;
using Soket.Options;

namespace Soket.Transports.Internal;

/// <summary>What listener, connection and datagram socket have in common: making a socket and setting its options, told as events.</summary>
internal static class Sockets
{
    public static string TransportName(EndPoint endpoint, bool datagram = false) =>
        endpoint is UnixDomainSocketEndPoint ? (datagram ? "unixgram" : "unix") : datagram ? "udp" : "tcp";

    public static Socket CreateStream(EndPoint endpoint, SocketScope? scope, FailureContext context) =>
        Create(endpoint, SocketType.Stream, endpoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp, scope, context);

    public static Socket CreateDatagram(EndPoint endpoint, SocketScope? scope, FailureContext context) =>
        Create(endpoint, SocketType.Dgram, endpoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Udp, scope, context);

    /// <summary>The failure of a call on an address. .NET says AddressNotAvailable of a Unix path that does not exist, and keeps no number.</summary>
    public static SocketFailure Failure(SocketCall call, SocketException e, EndPoint? peer, FailureContext context) =>
        e.SocketErrorCode == SocketError.AddressNotAvailable && peer is UnixDomainSocketEndPoint && call is (SocketCall.Connect or SocketCall.SendTo)
            ? new SocketFailure(call, new SystemError("ENOENT", Errno.Number("ENOENT"), Errno.Text("ENOENT")!), context, e)
            : SocketFailure.From(call, e, context);

    /// <summary>Sets the options that mean something on this socket, each told as an event.</summary>
    public static void Apply(Socket socket, IReadOnlyList<SocketOptionSetting> settings, SocketScope? scope, FailureContext context)
    {
        foreach (SocketOptionSetting setting in settings)
        {
            if (!Fits(socket, setting.Option))
                continue;
            long started = SocketScope.Now;
            try
            {
                SocketOptionCodec.Apply(socket, setting);
                scope?.Option(SocketCall.SetOption, started, setting.Option.Name, setting.ToString());
            }
            catch (SocketFailure failure)
            {
                SocketFailure told = failure.With(context with { Facts = new Dictionary<string, string> { ["option"] = setting.Option.Name, ["value"] = setting.ToString() } });
                scope?.Failed(SocketCall.SetOption, started, told);
                throw told;
            }
        }
    }

    /// <summary>
    /// .NET turns SO_REUSEADDR on when a TCP socket is bound on Unix. Who asked for it to be off gets it off, in time for listen(2), which looks for
    /// conflicts once more; who did not ask sees it as it is.
    /// </summary>
    public static void AfterBind(Socket socket, IReadOnlyList<SocketOptionSetting> settings, SocketScope? scope, FailureContext context)
    {
        if (OperatingSystem.IsWindows() || socket.ProtocolType != ProtocolType.Tcp)
            return;
        SocketOptionSetting[] asked = [.. settings.Where(setting => setting.Option == SocketOptions.ReuseAddress)];
        if (asked.Length > 0)
            Apply(socket, asked, scope, context);
        else
            ReadBack(socket, [new(SocketOptions.ReuseAddress, 0)], scope, "runtime-sets");
    }

    /// <summary>Reads the options back, so that a person sees what the system made of them.</summary>
    public static void ReadBack(Socket socket, IReadOnlyList<SocketOptionSetting> settings, SocketScope? scope, string changed = "kernel-changed")
    {
        if (scope is null)
            return;
        foreach (SocketOptionSetting setting in settings)
        {
            if (!Fits(socket, setting.Option))
                continue;
            long started = SocketScope.Now;
            try
            {
                SocketOptionSetting real = SocketOptionCodec.Read(socket, setting.Option);
                string? reason = real.Value == setting.Value ? null
                    : setting.Option.Kind == SocketOptionKind.Bytes && real.Value == 2 * setting.Value ? "kernel-doubles"
                    : changed;
                scope.Option(SocketCall.GetOption, started, setting.Option.Name, real.ToString(), reason);
            }
            catch (SocketFailure failure)
            {
                scope.Failed(SocketCall.GetOption, started, failure);
            }
        }
    }

    /// <summary>The time-out asked for by SO_RCVTIMEO, which does not reach asynchronous calls and so is a deadline of ours as well.</summary>
    public static TimeSpan? ReceiveTimeout(IReadOnlyList<SocketOptionSetting> settings)
    {
        foreach (SocketOptionSetting setting in settings)
        {
            if (setting.Option == SocketOptions.ReceiveTimeout && setting.Value > 0)
                return TimeSpan.FromMilliseconds(setting.Value);
        }

        return null;
    }

    private static bool Fits(Socket socket, SocketOption option) =>
        (socket.SocketType == SocketType.Dgram ? option.Datagram : option.Stream) && !(option.TcpOnly && socket.AddressFamily == AddressFamily.Unix);

    private static Socket Create(EndPoint endpoint, SocketType type, ProtocolType protocol, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        try
        {
            var socket = new Socket(endpoint.AddressFamily, type, protocol);
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false; // One listener, one family: what is bound is what is said.
            scope?.Called(SocketCall.Socket, started, value: $"{Family(endpoint.AddressFamily)}, {(type == SocketType.Stream ? "SOCK_STREAM" : "SOCK_DGRAM")}");
            return socket;
        }
        catch (SocketException e)
        {
            var failure = SocketFailure.From(SocketCall.Socket, e, context);
            scope?.Failed(SocketCall.Socket, started, failure);
            throw failure;
        }
    }

    private static string Family(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => "AF_INET",
        AddressFamily.InterNetworkV6 => "AF_INET6",
        AddressFamily.Unix => "AF_UNIX",
        _ => family.ToString(),
    };
}
