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
    public static SocketFailure Failure(SocketCall call, SocketException e, EndPoint? address, FailureContext context) =>
        e.SocketErrorCode == SocketError.AddressNotAvailable && address is UnixDomainSocketEndPoint && call is (SocketCall.Bind or SocketCall.Connect or SocketCall.SendTo)
            ? new SocketFailure(call, new SystemError("ENOENT", Errno.Number("ENOENT"), Errno.Text("ENOENT")!), context, e)
            : SocketFailure.From(call, e, context);

    /// <summary>Sets the options that mean something on this socket, each told as an event.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="role">What the socket is for.</param>
    /// <param name="options">Which options, and how.</param>
    /// <param name="scope">Where to tell.</param>
    /// <param name="context">For failures.</param>
    /// <param name="connected">Those that are set once the connection stands; else those set before.</param>
    public static void Apply(Socket socket, SocketOptionRoles role, ManagedTransportOptions options, SocketScope? scope, FailureContext context, bool connected = false)
    {
        foreach (SocketOptionSetting setting in options.Options)
        {
            if ((setting.Option.Roles & role) != 0 && FitsKind(socket, setting) && (role == SocketOptionRoles.Accepted || setting.Option.WhenConnected == connected))
                Set(socket, setting, options, scope, context);
        }
    }

    /// <summary>Sets the options that the system forgets.</summary>
    public static void Again(Socket socket, SocketOptionSetting[] settings, ManagedTransportOptions options, SocketScope? scope)
    {
        foreach (SocketOptionSetting setting in settings)
        {
            try
            {
                Set(socket, setting, options, scope, FailureContext.None);
            }
            catch (Exception e) when (e is SocketFailure or ObjectDisposedException)
            {
                return; // The connection has ended meanwhile; the next receive says how.
            }
        }
    }

    /// <summary>
    /// bind(2). SO_REUSEADDR is on at TCP sockets unless it was asked off, as .NET has it; with the platform's own bind it is told as the
    /// setsockopt it is. Gives the bound socket, which may be another object.
    /// </summary>
    public static Socket Bind(Socket socket, EndPoint endpoint, ManagedTransportOptions options, SocketScope? scope, FailureContext context)
    {
        bool asked = options.Options.Any(setting => setting.Option == SocketOptions.ReuseAddress);
        bool tcp = socket.ProtocolType == ProtocolType.Tcp && !OperatingSystem.IsWindows();
        bool native = options.Native is not null && endpoint is IPEndPoint;
        if (tcp && native && !asked)
            Set(socket, new(SocketOptions.ReuseAddress, 1), options, scope, context);

        long started = SocketScope.Now;
        if (native)
            socket = options.Native!.Bind(socket, endpoint);
        else
            socket.Bind(endpoint);
        scope?.Local = context.Local is UnixDomainSocketEndPoint named ? named : socket.LocalEndPoint; // a path as it was given
        scope?.Called(SocketCall.Bind, started);
        if (!tcp || native)
            return socket;

        // .NET has turned it on. Who asked for it to be off gets it off, in time for listen(2), which looks for conflicts once more; who did not ask
        // sees it as it is.
        if (asked)
            Set(socket, options.Options.Last(setting => setting.Option == SocketOptions.ReuseAddress), options, scope, context);
        else
            ReadBack(socket, [new(SocketOptions.ReuseAddress, 0)], scope, "runtime-sets");
        return socket;
    }

    /// <summary>Reads the options back, so that a person sees what the system made of them.</summary>
    public static void ReadBack(Socket socket, IReadOnlyList<SocketOptionSetting> settings, SocketScope? scope, string changed = "kernel-changed")
    {
        if (scope is null)
            return;
        foreach (SocketOptionSetting setting in settings)
        {
            if (!FitsKind(socket, setting) || !setting.Option.Readable)
                continue;
            long started = SocketScope.Now;
            try
            {
                SocketOptionSetting real = SocketOptionCodec.Read(socket, setting.Option);
                string? reason = real == setting ? null
                    : setting.Option.Kind == SocketOptionKind.Bytes && real.Value == 2 * setting.Value ? "kernel-doubles"
                    : changed;
                scope.Option(SocketCall.GetOption, started, setting.Option.NameFor(socket.AddressFamily), real.ToString(), reason);
            }
            catch (SocketFailure failure)
            {
                scope.Failed(SocketCall.GetOption, started, failure);
            }
        }
    }

    /// <summary>The time-out asked for by SO_RCVTIMEO, which does not reach asynchronous calls and so is a deadline of ours as well.</summary>
    public static TimeSpan? ReceiveTimeout(IReadOnlyList<SocketOptionSetting> settings) => Deadline(settings, SocketOptions.ReceiveTimeout);

    /// <summary>The time-out asked for by SO_SNDTIMEO, a deadline of ours for the same reason.</summary>
    public static TimeSpan? SendTimeout(IReadOnlyList<SocketOptionSetting> settings) => Deadline(settings, SocketOptions.SendTimeout);

    private static TimeSpan? Deadline(IReadOnlyList<SocketOptionSetting> settings, SocketOption option)
    {
        foreach (SocketOptionSetting setting in settings)
        {
            if (setting.Option == option && setting.Value > 0)
                return TimeSpan.FromMilliseconds(setting.Value);
        }

        return null;
    }

    private static void Set(Socket socket, SocketOptionSetting setting, ManagedTransportOptions options, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        try
        {
            SocketOptionCodec.Apply(socket, setting, options.Native);
            scope?.Option(SocketCall.SetOption, started, setting.Option.NameFor(socket.AddressFamily), setting.ToString());
        }
        catch (SocketFailure failure)
        {
            SocketFailure told = failure.With(context with { Facts = failure.Context.Facts });
            scope?.Failed(SocketCall.SetOption, started, told);
            throw told;
        }
    }

    private static bool FitsKind(Socket socket, SocketOptionSetting setting) =>
        setting.Option.Concerns(socket.AddressFamily, socket.SocketType == SocketType.Dgram, setting.Text);

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
