using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Rendering.Diagram;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Services;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket demo</c>: the main job in one command. Real servers on free ports, real clients, every call of both ends; then one real error.</summary>
internal sealed class DemoCommand : Verb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public override string Name => "demo";

    public override string Group => "group.understand";

    public override IReadOnlyList<Flag> Flags { get; } = [CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        bool json = values.IsOn(CommonFlags.Json);
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        stop.Token.ThrowIfCancellationRequested();
        await using JsonLinesObserver? lines = json ? new JsonLinesObserver(io.Out, new JsonLinesOptions { LeaveOpen = true }) : null;
        string folder = Directory.CreateTempSubdirectory("soket-").FullName; // Only its owner may enter (mkdtemp).
        try
        {
            if (!json)
                await SayAsync(io, io.Text("demo.intro")).ConfigureAwait(false);
            int number = 0;
            foreach ((string endpoint, string service, string message) in Exchanges(folder))
            {
                var recording = new RecordingObserver(capacity: 1000, bytesPerEvent: 256);
                var events = new SocketEvents(lines is null ? [recording] : [recording, lines]);
                (SocketUri actual, string reply) = await ExchangeAsync(SocketUri.Parse(endpoint), service, message, events, stop.Token).ConfigureAwait(false);
                if (json)
                    continue;
                await SayAsync(io, io.Text("demo.exchange", ("number", ++number), ("service", service), ("endpoint", actual), ("message", message), ("reply", TerminalText.Safe(reply)))).ConfigureAwait(false);
                foreach (string line in SequenceDiagram.Draw(recording.Snapshot(), new DiagramOptions { Width = Math.Clamp(io.Width - 1, 60, 120), Unicode = io.Unicode, Language = io.Language, Ink = new Ink(io.ColourOut) }))
                    await io.Out.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), stop.Token).ConfigureAwait(false);
                await SayAsync(io, "").ConfigureAwait(false);
            }

            await RefusedAsync(io, lines, stop.Token).ConfigureAwait(false);
            if (!json)
                await SayAsync(io, io.Text("demo.end")).ConfigureAwait(false);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Endpoint, string Service, string Message)> Exchanges(string folder)
    {
        foreach (string service in new[] { "echo", "process" })
        {
            string message = service == "echo" ? "Test message. This will be echoed" : "ipin";
            yield return ("tcp://127.0.0.1:0", service, message);
            yield return ("udp://127.0.0.1:0", service, message);
            if (Socket.OSSupportsUnixDomainSockets)
                yield return ("unix:" + Path.Combine(folder, service + ".sock"), service, message);
            yield return ("tls://127.0.0.1:0", service, message);
        }
    }

    private static async Task<(SocketUri Actual, string Reply)> ExchangeAsync(SocketUri endpoint, string service, string message, SocketEvents events, CancellationToken cancellationToken)
    {
        TlsServerSettings? tls = endpoint.IsSecure ? new TlsServerSettings { Certificate = DevelopmentCertificate.Create([]) } : null;
        var transport = new ManagedTransportOptions { Native = Platform.Sockets, Events = events, ReceiveSize = 1024, Streams = TransportChoice.Usual.Streams };
        await using SocketServer server = await SocketServer.StartAsync(
            new SocketServerOptions
            {
                Endpoints = [new ServedEndpoint(endpoint, ServiceCatalog.Find(service)!.Create(new ServiceOptions()))],
                Transport = transport,
                Tls = tls,
                MaxDatagram = 1024,
            },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        SocketUri actual = server.Endpoints[0].Actual;
        var options = new SocketClientOptions
        {
            Transport = transport,
            Tls = tls is null ? null : new TlsClientSettings { TargetHost = actual.Host, TrustedRoots = [tls.Certificate] },
        };

        byte[] bytes = Encoding.UTF8.GetBytes(message);
        var reply = new ArrayBufferWriter<byte>();
        if (endpoint.IsDatagram)
        {
            await using IDatagramSocket socket = await SocketClient.ConnectDatagramAsync(actual, options, cancellationToken).ConfigureAwait(false);
            await socket.SendAsync(bytes, null, cancellationToken).ConfigureAwait(false);
            ReceivedDatagram datagram = await socket.ReceiveAsync(reply.GetMemory(1024)[..1024], cancellationToken).AsTask().WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            reply.Advance(datagram.Length);
        }
        else
        {
            ConnectionContext connection = await SocketClient.ConnectAsync(actual, options, cancellationToken).ConfigureAwait(false);
            await using (connection)
            {
                await connection.Transport.Output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                await ReadAsync(connection.Transport.Input, reply, cancellationToken).ConfigureAwait(false);
                await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
                while (!await ReadAsync(connection.Transport.Input, reply, cancellationToken).ConfigureAwait(false))
                {
                    // Reads on to the peer's end.
                }
            }
        }

        await server.DrainAsync(Patience, cancellationToken).ConfigureAwait(false);
        return (actual, Encoding.UTF8.GetString(reply.WrittenSpan));
    }

    private static async Task<bool> ReadAsync(PipeReader input, ArrayBufferWriter<byte> reply, CancellationToken cancellationToken)
    {
        ReadResult result = await input.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        foreach (ReadOnlyMemory<byte> part in result.Buffer)
            reply.Write(part.Span);
        input.AdvanceTo(result.Buffer.End);
        return result.IsCompleted;
    }

    private static async Task RefusedAsync(CliIo io, JsonLinesObserver? lines, CancellationToken cancellationToken)
    {
        // A port that was free a moment ago, and that nobody listens on.
        int port;
        using (var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        try
        {
            SocketUri nobody = SocketUri.Create(SocketScheme.Tcp, "127.0.0.1", port);
            await using ConnectionContext connection = await SocketClient.ConnectAsync(nobody, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure failure)
        {
            if (lines is not null)
            {
                await FailureView.TellAsync(failure, io, json: true, lines).ConfigureAwait(false);
                return;
            }

            await SayAsync(io, io.Text("demo.refused", ("port", port))).ConfigureAwait(false);
            foreach (string part in FailureView.Render(failure, await FailureView.ExplainAsync(failure, io).ConfigureAwait(false), io, toStdout: true))
                await SayAsync(io, "  " + part.Replace("\n", "\n  ", StringComparison.Ordinal)).ConfigureAwait(false);
            await SayAsync(io, "").ConfigureAwait(false);
        }
    }

    private static ValueTask SayAsync(CliIo io, string text) =>
        io.Out.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(io.FitOut(text).Select(line => line + "\n"))));
}
