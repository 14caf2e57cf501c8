using System.Net;
using System.Net.Sockets;
using Soket.Explain;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>A server closes a connection and is started again on its port while that is in TIME_WAIT.</summary>
internal sealed class ReuseAddressEffect : Effect
{
    public override string Name => "reuse-address";

    // .NET's own bind would turn the option on.
    public override bool IsHere => Platform.Sockets is not null;

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        Socket listener = Listen();
        var place = (IPEndPoint)listener.LocalEndPoint!;
        using (listener)
        {
            (Socket client, Socket server) = await ConnectAsync(listener, [], cancellationToken).ConfigureAwait(false);
            server.Shutdown(SocketShutdown.Send); // who closes first waits in TIME_WAIT
            _ = await client.ReceiveAsync(new byte[1], SocketFlags.None, cancellationToken).ConfigureAwait(false);
            client.Dispose();
            _ = await server.ReceiveAsync(new byte[1], SocketFlags.None, cancellationToken).ConfigureAwait(false);
            server.Dispose();
        }

        foreach (int on in (int[])[0, 1])
            report.Tell(on == 0 ? "off" : "on", ("port", place.Port), ("bind", Again(place, on)));
    }

    private static string Again(IPEndPoint place, int on)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketOptionCodec.Apply(socket, new(SocketOptions.ReuseAddress, on), Platform.Sockets);
            socket = Platform.Sockets!.Bind(socket, place);
            return "bind() = 0";
        }
        catch (SocketFailure failure)
        {
            return "bind(): " + failure.Error;
        }
        finally
        {
            socket.Dispose();
        }
    }
}
