using System.Net;
using System.Net.Sockets;
using Soket.Explain;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>One datagram to the loopback's broadcast address; it does not leave this machine.</summary>
internal sealed class BroadcastEffect : Effect
{
    public override string Name => "broadcast";

    public override Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (int on in (int[])[0, 1])
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            SocketOptionCodec.Apply(socket, new(SocketOptions.Find("SO_BROADCAST")!, on), Platform.Sockets);
            string sent;
            try
            {
                sent = $"sendto() = {socket.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.255.255.255"), 9))}";
            }
            catch (SocketException e)
            {
                sent = "sendto(): " + SystemError.From(e);
            }

            report.Tell(on == 0 ? "off" : "on", ("send", sent));
        }

        return Task.CompletedTask;
    }
}
