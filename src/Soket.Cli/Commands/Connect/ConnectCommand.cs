using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Connect;
using Soket.Cli.Rendering;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Middleware.Tls;
using Soket.Options;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Cli.Commands;

/// <summary><c>soket connect ENDPOINT [MESSAGE...]</c>: a client with messages from arguments, a pipe or a prompt.</summary>
internal sealed class ConnectCommand : Verb
{
    private static readonly Positional Endpoint = new("ENDPOINT");
    private static readonly Positional Messages = new("MESSAGE", Many: true);
    private static readonly Flag Hex = new("--hex", FlagKind.Switch, "flags.messages");
    private static readonly Flag Crlf = new("--crlf", FlagKind.Switch, "flags.messages");
    private static readonly Flag ConnectTimeout = new("--timeout", FlagKind.Value, "flags.where", "TIME", "-t");
    private static readonly Flag Wait = new("--wait", FlagKind.Value, "flags.messages", "TIME", "-w");
    private static readonly Flag Source = new("--source", FlagKind.Value, "flags.where", "ADDRESS[:PORT]");
    private static readonly Flag IPv4 = new("-4", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv4" };
    private static readonly Flag IPv6 = new("-6", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv6" };

    public override string Name => "connect";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoint, Messages];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Hex, Crlf, Wait, CommonFlags.Framing, CommonFlags.Payload, CommonFlags.MaxMessage,
        ConnectTimeout, Source, IPv4, IPv6,
        .. OptionFlags.All,
        .. TlsFlags.Client,
        CommonFlags.Json, CommonFlags.Events, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        values.CheckHostAndPort([.. values.All(Endpoint), .. values.All(Messages)], "connect");
        SocketUri endpoint = values.Endpoint(values.One(Endpoint) ?? throw io.Wrong("connect.wrong.no-endpoint"));
        if (endpoint.Scheme is SocketScheme.Ws or SocketScheme.Wss)
            throw io.Wrong("wrong.scheme", ("scheme", endpoint.SchemeName));
        if (endpoint.Host == SocketUri.AnyHost)
            throw io.Wrong("connect.wrong.any-host", ("example", endpoint.WithHost("localhost")));
        if (!endpoint.IsUnix && endpoint.Port == 0)
            throw io.Wrong("connect.wrong.port-zero", ("example", endpoint.WithPort(8080)));

        var talk = new Talk
        {
            Messages = ReadMessages(values, io),
            Framing = OptionFlags.ReadFraming(values, io, out int payload),
            FramingGiven = values.IsGiven(CommonFlags.Framing),
            Crlf = values.IsOn(Crlf),
            Hex = values.IsOn(Hex),
            Wait = values.Duration(Wait, null),
            MaxDatagram = Math.Min(payload, 65_535),
        };
        List<SocketOptionSetting> settings = OptionFlags.Read(values, io);
        TimeSpan timeout = values.Duration(ConnectTimeout, TimeSpan.FromSeconds(10))!.Value;
        TlsClientSettings? tls = TlsFlags.ReadClient(values, io, endpoint, timeout);
        bool json = values.IsOn(CommonFlags.Json);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = values.Count(CommonFlags.Verbose);

        await using Screen screen = io.CreateScreen(canRewrite: false);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 0 && !json ? io.CreateLog(screen, verbose) : null, jsonEvents: verbose > 0);
        var options = new SocketClientOptions
        {
            Family = ReadFamily(values, io),
            ConnectTimeout = timeout > TimeSpan.Zero ? timeout : null,
            Tls = tls,
            Transport = new ManagedTransportOptions { Options = settings, ReceiveSize = payload, Source = ReadSource(values, io, endpoint), Events = sinks.Events },
        };

        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        using var output = new TalkOutput(io, screen, sinks.Json, talk, quiet);
        try
        {
            if (endpoint.IsDatagram)
            {
                using var datagrams = new DatagramConversation(endpoint, options, talk, output, io);
                return await sinks.FinishAsync(await datagrams.RunAsync(stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
            }

            if (options.Tls is { Insecure: true, Fingerprint: null })
                output.Remark("connect.unverified", ("endpoint", endpoint));
            long started = Stopwatch.GetTimestamp();
            ConnectionContext connection = await SocketClient.ConnectAsync(endpoint, options, stop.Token).ConfigureAwait(false);
            using var conversation = new StreamConversation(endpoint, connection, Stopwatch.GetElapsedTime(started), talk, output, io);
            int exitCode;
            await using (connection)
            {
                try
                {
                    exitCode = await conversation.RunAsync(stop.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (SocketFailure.Find(e) is { } failure)
                {
                    // Told while the socket is open: what waits in its queues, here and at the peer, is part of the explanation.
                    await screen.FlushAsync().ConfigureAwait(false);
                    exitCode = await FailureView.TellAsync(failure, io, json, sinks.Json).ConfigureAwait(false);
                }
            }

            return await sinks.FinishAsync(exitCode).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static List<byte[]>? ReadMessages(VerbValues values, CliIo io)
    {
        IReadOnlyList<string> texts = values.All(Messages);
        if (texts.Count == 0)
            return null;
        if (!values.IsOn(Hex))
            return [.. texts.Select(Encoding.UTF8.GetBytes)];
        return [.. texts.Select(text => HexText.TryParse(text, out byte[]? bytes) ? bytes : throw io.Wrong("connect.wrong.hex", ("value", TerminalText.Safe(text))))];
    }

    private static AddressFamily? ReadFamily(VerbValues values, CliIo io) => (values.IsOn(IPv4), values.IsOn(IPv6)) switch
    {
        (true, true) => throw io.Wrong("connect.wrong.families"),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };

    private static EndPoint? ReadSource(VerbValues values, CliIo io, SocketUri endpoint)
    {
        if (values.Text(Source) is not { } text)
            return null;
        // What a variable says for every call is passed over where it is an address of the other kind.
        if (!values.IsTyped(Source) && endpoint.IsUnix != text.StartsWith("unix", StringComparison.Ordinal))
            return null;
        if (endpoint.IsUnix)
            return AddressResolver.UnixEndPoint(text.StartsWith("unix", StringComparison.Ordinal) ? values.Endpoint(text).Path : text);
        if (IPAddress.TryParse(text, out IPAddress? address))
            return new IPEndPoint(address, 0);
        return IPEndPoint.TryParse(text, out IPEndPoint? source) ? source : throw io.Wrong("connect.wrong.source", ("value", TerminalText.Safe(text)));
    }
}
