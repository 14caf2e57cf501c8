using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Options;
using Soket.Transports;

namespace Soket.Linux.Engine;

/// <summary>What listeners and connecting streams have in common: making a socket, binding it and setting its options, told as the managed transport tells it.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class LoopSockets
{
    /// <summary>socket(2).</summary>
    /// <exception cref="SocketFailure">The system has none to give.</exception>
    public static int Create(LoopKernel kernel, AddressFamily family, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        int descriptor = kernel.CreateSocket(SocketName.Number(family), LibC.Stream, family == AddressFamily.Unix ? 0 : LibC.Tcp);
        if (descriptor < 0)
            throw Told(scope, started, LoopFailure.Of(SocketCall.Socket, -descriptor, context));
        if (family == AddressFamily.InterNetworkV6)
        {
            int on = 1; // One listener, one family: what is bound is what is said. Where it cannot be set, it is so already.
            _ = kernel.SetOption(descriptor, LibC.Internet6Level, LibC.Internet6Only, (byte*)&on, sizeof(int));
        }

        scope?.Called(SocketCall.Socket, started, value: $"{FamilyName(family)}, SOCK_STREAM");
        return descriptor;
    }

    /// <summary>
    /// bind(2). SO_REUSEADDR is set at TCP sockets unless it was asked for either way: connections of an earlier server in TIME_WAIT keep nobody from the port, and who
    /// listens still does.
    /// </summary>
    /// <exception cref="SocketFailure">In use, not this machine's, not permitted.</exception>
    public static void Bind(LoopKernel kernel, int descriptor, EndPoint endpoint, ManagedTransportOptions options, SocketScope? scope, FailureContext context)
    {
        if (endpoint is IPEndPoint && !options.Options.Any(setting => setting.Option == SocketOptions.ReuseAddress))
            Set(kernel, descriptor, LoopOption.Of(endpoint.AddressFamily, new(SocketOptions.ReuseAddress, 1)), scope, context);

        long started = SocketScope.Now;
        byte* name = stackalloc byte[SocketName.Longest];
        int result = kernel.Bind(descriptor, name, SocketName.Write(endpoint, name));
        if (result < 0)
            throw Told(scope, started, LoopFailure.Of(SocketCall.Bind, -result, context));
        scope?.Local = context.Local is UnixDomainSocketEndPoint named ? named : LocalName(kernel, descriptor); // a path as it was given
        scope?.Called(SocketCall.Bind, started);
    }

    /// <summary>Makes the options ready that concern a stream socket of a family in a role.</summary>
    /// <exception cref="SocketFailure">This platform lacks one, or a value cannot be written.</exception>
    public static LoopOption[] Ready(AddressFamily family, SocketOptionRoles role, IReadOnlyList<SocketOptionSetting> settings, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        try
        {
            return LoopOption.For(family, role, settings);
        }
        catch (SocketFailure failure)
        {
            throw Told(scope, started, failure.With(context with { Facts = failure.Context.Facts }));
        }
    }

    /// <summary>What the streams of an end point are made by.</summary>
    /// <exception cref="SocketFailure">This platform lacks an option, or a value cannot be written.</exception>
    public static StreamSettings Settings(EndPoint endpoint, ManagedTransportOptions options, SocketScope? scope, FailureContext context) =>
        new(endpoint, options, Ready(endpoint.AddressFamily, SocketOptionRoles.Accepted | SocketOptionRoles.Client, [.. options.Options.Where(setting => setting.Option.Again)], scope, context))
        {
            Local = endpoint is UnixDomainSocketEndPoint ? endpoint : null,
        };

    /// <summary>getsockname(2); null when the socket is not there any more.</summary>
    public static EndPoint? LocalName(LoopKernel kernel, int descriptor)
    {
        byte* name = stackalloc byte[SocketName.Longest];
        int length = SocketName.Longest;
        return kernel.LocalName(descriptor, name, &length) < 0 ? null : SocketName.Read(name, length);
    }

    /// <summary>Whether it listens already: SO_ACCEPTCONN.</summary>
    public static bool Listens(LoopKernel kernel, int descriptor)
    {
        int listens = 0;
        int length = sizeof(int);
        return kernel.GetOption(descriptor, LibC.SocketLevel, LibC.AcceptsConnections, (byte*)&listens, &length) == 0 && listens != 0;
    }

    /// <summary>Sets an option.</summary>
    /// <exception cref="SocketFailure">The system refused it.</exception>
    public static void Set(LoopKernel kernel, int descriptor, LoopOption option, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        if (option.Set(kernel, descriptor) is { } failure)
            throw Told(scope, started, failure.With(context with { Facts = failure.Context.Facts }));
        scope?.Option(SocketCall.SetOption, started, option.Name, option.Text);
    }

    /// <summary>Reads options back, so that a person sees what the system made of them. Nobody looks: nothing is read.</summary>
    public static void ReadBack(LoopKernel kernel, int descriptor, LoopOption[] options, SocketScope? scope)
    {
        if (scope is null)
            return;
        foreach (LoopOption option in options)
        {
            if (!option.Setting.Option.Readable)
                continue;
            long started = SocketScope.Now;
            if (option.Read(kernel, descriptor, out SocketFailure? failure) is not { } real)
            {
                scope.Failed(SocketCall.GetOption, started, failure!);
                continue;
            }

            string? reason = real == option.Setting ? null
                : option.Setting.Option.Kind == SocketOptionKind.Bytes && real.Value == 2 * option.Setting.Value ? "kernel-doubles"
                : "kernel-changed";
            scope.Option(SocketCall.GetOption, started, option.Name, real.ToString(), reason);
        }
    }

    /// <summary>Tells a failure, and gives it to be thrown.</summary>
    public static SocketFailure Told(SocketScope? scope, long started, SocketFailure failure)
    {
        scope?.Failed(failure.Call, started, failure);
        return failure;
    }

    private static string FamilyName(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => "AF_INET",
        AddressFamily.InterNetworkV6 => "AF_INET6",
        _ => "AF_UNIX",
    };
}
