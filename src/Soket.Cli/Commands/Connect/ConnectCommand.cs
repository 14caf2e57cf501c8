using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Connect;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Middleware.Proxy;
using Soket.Middleware.Rates;
using Soket.Middleware.Tls;
using Soket.Options;
using Soket.Protocols.Framing;
using Soket.Protocols.StartTls;
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
    private static readonly Flag LimitRate = new("--limit-rate", FlagKind.Value, "flags.limits", "SIZE");
    private static readonly Flag IPv4 = new("-4", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv4" };
    private static readonly Flag IPv6 = new("-6", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv6" };

    private const SocketOptionRoles Roles = SocketOptionRoles.Client | SocketOptionRoles.Datagram;

    public override string Name => "connect";

    public override string Group => "group.talk";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoint, Messages];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Hex, Crlf, Wait, .. FileTransfer.Flags, CommonFlags.Framing, CommonFlags.Payload, CommonFlags.MaxMessage,
        ConnectTimeout, TransportChoice.Flag, .. Retry.Flags, .. ProxyFlags.Client, Source, IPv4, IPv6, LimitRate,
        .. OptionFlags.For(Roles),
        TlsFlags.StartTls, .. TlsFlags.Client, TlsFlags.KeyLog,
        .. WebSocketFlags.Client,
        CommonFlags.Json, CommonFlags.Events, CommonFlags.RecordHex, .. TraceFlags.All, CommonFlags.Otlp, CommonFlags.Quiet, CommonFlags.Verbose,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        values.CheckHostAndPort([.. values.All(Endpoint), .. values.All(Messages)], "connect");
        SocketUri endpoint = values.Endpoint(values.One(Endpoint) ?? throw io.Wrong("connect.wrong.no-endpoint"));
        if (endpoint.Host == SocketUri.AnyHost)
            throw io.Wrong("connect.wrong.any-host", ("example", endpoint.WithHost("localhost")));
        if (!endpoint.IsUnix && endpoint.Port == 0)
            throw io.Wrong("connect.wrong.port-zero", ("example", endpoint.WithPort(8080)));

        StartTlsProtocol? startTls = TlsFlags.ReadStartTls(values, io, ref endpoint);
        var talk = new Talk
        {
            Messages = ReadMessages(values, io),
            Framing = OptionFlags.ReadFraming(values, io, out int payload),
            FramingGiven = values.IsGiven(CommonFlags.Framing),
            Crlf = values.IsOn(Crlf),
            Hex = values.IsOn(Hex),
            Binary = values.IsOn(WebSocketFlags.Binary),
            Wait = values.Duration(Wait, null),
            MaxDatagram = Math.Min(payload, 65_535),
        };
        if (!endpoint.IsDatagram && !endpoint.IsWebSocket && talk is { Framing: ChunkFraming, Crlf: false } && talk.Messages?.Exists(message => message.Length == 0) == true)
            throw io.Wrong("connect.wrong.empty-message");
        FileTransfer? files = FileTransfer.Read(values, io, endpoint, talk, Hex, Crlf, CommonFlags.Framing);
        List<SocketOptionSetting> settings = OptionFlags.Read(values, Roles, [endpoint], io);
        TimeSpan timeout = values.Duration(ConnectTimeout, TimeSpan.FromSeconds(10))!.Value;
        TlsClientSettings? tls = TlsFlags.ReadClient(values, io, endpoint, timeout);
        ProxyEndpoint? proxy = ProxyFlags.Read(values, io, endpoint);
        long rate = ReadRate(values, io, endpoint);
        Retry retry = Retry.Read(values, io, endpoint);
        TransportChoice carrier = TransportChoice.Read(values, io);
        string? keyLog = TlsFlags.BeginKeyLog(values, io, hasTls: tls is not null);
        bool json = values.IsOn(CommonFlags.Json);
        bool quiet = values.IsOn(CommonFlags.Quiet);
        int verbose = values.Count(CommonFlags.Verbose);

        await using FileStream? source = files?.OpenSource(io);
        await using Screen screen = io.CreateScreen(canRewrite: files is not null && !json && !quiet);
        await using EventSinks sinks = EventSinks.Open(values, io, screen, verbose > 0 && !json ? io.CreateLog(screen, verbose) : null, jsonEvents: verbose > 0, places: [proxy?.Place ?? endpoint]);
        sinks.Release(); // a client is ready for nothing; its first events are what happened first
        var options = new SocketClientOptions
        {
            Family = ReadFamily(values, io, endpoint),
            ConnectTimeout = timeout > TimeSpan.Zero ? timeout : null,
            Tls = tls,
            Proxy = proxy,
            StartTls = startTls,
            WebSocket = WebSocketFlags.ReadClient(values, io, endpoint, timeout),
            Transport = new ManagedTransportOptions { Options = settings, Native = Platform.Sockets, ReceiveSize = payload, Source = ReadSource(values, io, endpoint), Events = sinks.Events, Streams = carrier.Streams },
        };

        using var signals = new Signals(Talk.Ending);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        using var output = new TalkOutput(io, screen, sinks.Json, talk, quiet) { Proxy = proxy, Carrier = carrier };
        if (verbose > 1 && !json && !quiet)
            carrier.Tell(io, screen, [endpoint]);
        try
        {
            if (endpoint.IsDatagram)
            {
                using var datagrams = new DatagramConversation(endpoint, options, talk, output, io);
                return await sinks.FinishAsync(await datagrams.RunAsync(stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
            }

            if (options.Tls is { Insecure: true, Fingerprint: null })
                output.Remark("connect.unverified", ("endpoint", endpoint));
            if (keyLog is not null)
                output.Remark("key-log.on", ("path", TerminalText.Safe(keyLog)));
            long started = 0;
            ConnectionContext connection = await retry.RunAsync(
                () =>
                {
                    started = Stopwatch.GetTimestamp();
                    return SocketClient.ConnectAsync(endpoint, options, stop.Token);
                },
                output,
                stop.Token).ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (rate > 0)
                RateLimit.Put(connection, rate);
            int exitCode;
            await using (connection)
            {
                try
                {
                    if (endpoint.IsWebSocket)
                    {
                        using var messages = new WebSocketConversation(endpoint, connection, elapsed, talk, output, io);
                        exitCode = await messages.RunAsync(stop.Token).ConfigureAwait(false);
                    }
                    else if (files is not null)
                    {
                        exitCode = await new FileConversation(endpoint, connection, elapsed, talk, files, source, output, screen, io).RunAsync(stop.Token).ConfigureAwait(false);
                    }
                    else
                    {
                        using var conversation = new StreamConversation(endpoint, connection, elapsed, talk, output, io);
                        exitCode = await conversation.RunAsync(stop.Token).ConfigureAwait(false);
                    }
                }
                catch (Exception e) when (SocketFailure.Find(e) is { } failure)
                {
                    // Told while the socket is open: what waits in its queues, here and at the peer, is part of the explanation.
                    await screen.FlushAsync().ConfigureAwait(false);
                    exitCode = await FailureView.TellAsync(proxy?.Mark(failure) ?? failure, io, json, sinks.Json).ConfigureAwait(false);
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

    // Messages have a shape that pieces would break.
    private static long ReadRate(VerbValues values, CliIo io, SocketUri endpoint)
    {
        bool fits = !endpoint.IsDatagram && !endpoint.IsWebSocket;
        if (!fits && values.IsTyped(LimitRate))
            throw io.Wrong("connect.wrong.file-endpoint", ("flag", LimitRate.Name), ("endpoint", endpoint));
        return fits ? values.Size(LimitRate, 0, 1, 1L << 40) : 0;
    }

    private static AddressFamily? ReadFamily(VerbValues values, CliIo io, SocketUri endpoint)
    {
        AddressFamily? family = (values.IsOn(IPv4), values.IsOn(IPv6)) switch
        {
            (true, true) => throw io.Wrong("connect.wrong.families"),
            (true, false) => AddressFamily.InterNetwork,
            (false, true) => AddressFamily.InterNetworkV6,
            _ => null,
        };
        Flag flag = family == AddressFamily.InterNetwork ? IPv4 : IPv6;
        if (family is not null && IPAddress.TryParse(endpoint.Host, out IPAddress? literal) && literal.AddressFamily != family)
            throw io.Wrong("connect.wrong.family", ("flag", flag.Name), ("address", literal));
        if (ReadSource(values, io, endpoint) is not IPEndPoint { Address: var source })
            return family;
        if (family is not null && source.AddressFamily != family)
            throw io.Wrong("connect.wrong.family", ("flag", flag.Name), ("address", source));
        if (IPAddress.TryParse(endpoint.Host, out IPAddress? peer) && peer.AddressFamily != source.AddressFamily)
            throw io.Wrong("connect.wrong.source-family", ("source", source), ("address", peer));
        return family;
    }

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
