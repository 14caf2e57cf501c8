using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Options;
using Soket.Probe;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Cli.Commands.Bench;

/// <summary>The flags of a load and what they make. What cannot work, or asks for more than there is, is said before anything connects.</summary>
internal static class BenchFlags
{
    private const int MostConnections = 200_000;
    private const int MostInFlight = 65_536;
    private const long MostWaiting = 16_000_000; // messages in flight over all connections: each has a place in memory
    private const double MostRate = 100_000_000;
    private const SocketOptionRoles Roles = SocketOptionRoles.Client | SocketOptionRoles.Datagram;

    // What the process needs beside its connections: .NET, its files, the loops.
    private const int OtherFiles = 96;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private static readonly Flag Mode = new("--mode", FlagKind.Value, "flags.load", "messages|connect|stream|datagrams|idle");
    private static readonly Flag Connections = new("--connections", FlagKind.Value, "flags.load", "N", "-c");
    private static readonly Flag InFlight = new("--in-flight", FlagKind.Value, "flags.load", "N");
    private static readonly Flag Rate = new("--rate", FlagKind.Value, "flags.load", "N");
    private static readonly Flag Ramp = new("--ramp", FlagKind.Value, "flags.load", "TIME");
    private static readonly Flag Steps = new("--steps", FlagKind.Value, "flags.load", "N,N,...");
    private static readonly Flag Duration = new("--duration", FlagKind.Value, "flags.load", "TIME", "-d");
    private static readonly Flag Count = new("--count", FlagKind.Value, "flags.load", "N", "-n");
    private static readonly Flag WarmUp = new("--warm-up", FlagKind.Value, "flags.load", "TIME");
    private static readonly Flag Think = new("--think", FlagKind.Value, "flags.load", "TIME");
    private static readonly Flag Direction = new("--direction", FlagKind.Value, "flags.load", "up|down|both");
    private static readonly Flag Hold = new("--hold", FlagKind.Value, "flags.load", "TIME");
    private static readonly Flag Workers = new("--workers", FlagKind.Value, "flags.load", "N");
    private static readonly Flag ReplyTimeout = new("--reply-timeout", FlagKind.Value, "flags.load", "TIME");
    private static readonly Flag ConnectTimeout = new("--timeout", FlagKind.Value, "flags.where", "TIME", "-t") { TextKey = "connect.flag.timeout" };
    private static readonly Flag AllowRemote = new("--allow-remote", FlagKind.Switch, "flags.where") { TypedOnly = true };
    private static readonly Flag IPv4 = new("-4", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv4" };
    private static readonly Flag IPv6 = new("-6", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv6" };

    public static IReadOnlyList<Flag> All { get; } =
    [
        Mode, Connections, InFlight, Rate, Ramp, Steps, Duration, Count, WarmUp, Think, Direction, Hold, ReplyTimeout, Workers,
        .. BenchMessages.Flags, CommonFlags.Framing, CommonFlags.MaxMessage,
        ConnectTimeout, AllowRemote, IPv4, IPv6, TransportChoice.Flag,
        .. OptionFlags.For(Roles), .. TlsFlags.Client, .. WebSocketFlags.Client,
    ];

    /// <summary>The plan that was asked for.</summary>
    public static BenchPlan Read(VerbValues values, CliIo io, SocketUri endpoint)
    {
        if (endpoint.Host == SocketUri.AnyHost)
            throw io.Wrong("connect.wrong.any-host", ("example", endpoint.WithHost("localhost")));
        if (!endpoint.IsUnix && endpoint.Port == 0)
            throw io.Wrong("connect.wrong.port-zero", ("example", endpoint.WithPort(8080)));
        if (!ProbeTargets.IsLocal(endpoint) && !values.IsOn(AllowRemote))
            throw io.Wrong("bench.wrong.remote", ("endpoint", endpoint), ("flag", AllowRemote.Name));

        BenchMode mode = ReadMode(values, io, endpoint);
        CheckStray(values, io, mode);
        ArrivalSchedule? arrivals = null;
        TimeSpan? duration = ReadDuration(values, io, mode, out long? count, out TimeSpan warmUp);
        Framing framing = ReadFraming(values, io, endpoint);
        ReplyVerifier verifier = BenchMessages.ReadVerifier(values, io, mode);
        BenchPayload payload = BenchMessages.ReadPayload(values, io, mode, framing, endpoint);
        if (mode is BenchMode.Messages or BenchMode.Datagrams or BenchMode.Connect)
            arrivals = ReadArrivals(values, io, duration, warmUp);

        bool uncut = framing is ChunkFraming && !endpoint.IsDatagram && !endpoint.IsWebSocket && verifier.ReplyLength(1) < 0;
        int inFlight = values.Number(InFlight, arrivals is not null && !uncut ? 128 : 1, 1, MostInFlight);
        if (uncut && inFlight > 1 && mode == BenchMode.Messages)
            throw io.Wrong("bench.wrong.uncut", ("flag", InFlight.Name), ("verify", TerminalText.Safe(verifier.Name)), ("framing", CommonFlags.Framing.Name));
        int connections = ReadConnections(values, io, mode, inFlight);
        TimeSpan timeout = values.Duration(ConnectTimeout, TimeSpan.FromSeconds(10))!.Value;
        return new BenchPlan
        {
            Endpoint = endpoint,
            Mode = mode,
            Connections = connections,
            InFlight = inFlight,
            Payload = payload,
            Verifier = verifier,
            Framing = framing,
            Arrivals = arrivals,
            Duration = duration,
            Count = count,
            WarmUp = warmUp,
            Think = ReadTime(values, io, Think, TimeSpan.Zero, TimeSpan.Zero),
            ReplyTimeout = ReadTime(values, io, ReplyTimeout, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(1)),
            IdleTime = ReadTime(values, io, Hold, TimeSpan.FromSeconds(5), TimeSpan.Zero),
            Direction = ReadDirection(values, io),
            Workers = values.Number(Workers, 0, 1, 256),
            Binary = values.IsOn(WebSocketFlags.Binary) || values.IsGiven(BenchMessages.Random) || values.IsGiven(BenchMessages.File),
            Client = new SocketClientOptions
            {
                Family = (values.IsOn(IPv4), values.IsOn(IPv6)) switch
                {
                    (true, true) => throw io.Wrong("connect.wrong.families"),
                    (true, false) => System.Net.Sockets.AddressFamily.InterNetwork,
                    (false, true) => System.Net.Sockets.AddressFamily.InterNetworkV6,
                    _ => null,
                },
                ConnectTimeout = timeout > TimeSpan.Zero ? timeout : null,
                Tls = TlsFlags.ReadClient(values, io, endpoint, timeout),
                WebSocket = WebSocketFlags.ReadClient(values, io, endpoint, timeout),
                Transport = new ManagedTransportOptions { Options = OptionFlags.Read(values, Roles, [endpoint], io), Native = Platform.Sockets, Streams = TransportChoice.Read(values, io).Streams },
            },
        };
    }

    private static BenchMode ReadMode(VerbValues values, CliIo io, SocketUri endpoint)
    {
        BenchMode mode = values.Text(Mode) switch
        {
            null => endpoint.IsDatagram ? BenchMode.Datagrams : BenchMode.Messages,
            "messages" => BenchMode.Messages,
            "connect" => BenchMode.Connect,
            "stream" => BenchMode.Stream,
            "datagrams" => BenchMode.Datagrams,
            "idle" => BenchMode.Idle,
            { } text => throw io.Wrong("wrong.choice", ("flag", Mode.Name), ("value", TerminalText.Safe(text)), ("choices", Mode.Placeholder)),
        };
        if (mode != BenchMode.Messages && endpoint.IsDatagram != (mode == BenchMode.Datagrams))
            throw io.Wrong(endpoint.IsDatagram ? "bench.wrong.mode-datagrams" : "bench.wrong.mode-stream", ("flag", Mode.Name), ("mode", mode.ToString().ToLowerInvariant()), ("endpoint", endpoint));
        return mode;
    }

    // A flag that means nothing in this mode is a mistake and not passed over.
    private static void CheckStray(VerbValues values, CliIo io, BenchMode mode)
    {
        (Flag Flag, bool Fits)[] fits =
        [
            (InFlight, mode is BenchMode.Messages or BenchMode.Datagrams),
            (Rate, mode is BenchMode.Messages or BenchMode.Datagrams or BenchMode.Connect),
            (Ramp, mode is BenchMode.Messages or BenchMode.Datagrams or BenchMode.Connect),
            (Steps, mode is BenchMode.Messages or BenchMode.Datagrams or BenchMode.Connect),
            (Duration, mode != BenchMode.Idle),
            (Count, mode is not (BenchMode.Idle or BenchMode.Stream)),
            (WarmUp, mode != BenchMode.Idle),
            (Think, mode is BenchMode.Messages),
            (Direction, mode == BenchMode.Stream),
            (Hold, mode == BenchMode.Idle),
            (BenchMessages.Verify, mode is BenchMode.Messages or BenchMode.Idle),
            (CommonFlags.Framing, mode is BenchMode.Messages or BenchMode.Idle),
        ];
        foreach ((Flag flag, bool fit) in fits)
        {
            if (!fit && values.IsTyped(flag))
                throw io.Wrong("bench.wrong.stray", ("flag", flag.Name), ("mode", mode.ToString().ToLowerInvariant()));
        }
    }

    private static TimeSpan? ReadDuration(VerbValues values, CliIo io, BenchMode mode, out long? count, out TimeSpan warmUp)
    {
        count = null;
        warmUp = TimeSpan.Zero;
        if (mode == BenchMode.Idle)
            return null;
        if (values.Text(Count) is { } text)
            count = Units.TryParseCount(text, out long number, out _) && number > 0 ? number : throw io.Wrong("bench.wrong.count", ("flag", Count.Name), ("value", TerminalText.Safe(text)));
        // What is counted is counted from the first; what is timed lets the server find its pace first.
        warmUp = ReadTime(values, io, WarmUp, count is null ? TimeSpan.FromSeconds(1) : TimeSpan.Zero, TimeSpan.Zero);
        if (count is not null && !values.IsGiven(Duration))
            return null;
        return ReadTime(values, io, Duration, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100));
    }

    private static TimeSpan ReadTime(VerbValues values, CliIo io, Flag flag, TimeSpan standard, TimeSpan least)
    {
        TimeSpan time = values.Duration(flag, standard)!.Value;
        return time >= least && time <= Longest ? time : throw io.Wrong("bench.wrong.time", ("flag", flag.Name), ("value", values.Text(flag)), ("least", Units.Exact(least)), ("most", Units.Exact(Longest)));
    }

    // The warm-up runs at the first rate; a ramp leads from nothing to the rate; steps share what the duration leaves.
    private static ArrivalSchedule? ReadArrivals(VerbValues values, CliIo io, TimeSpan? duration, TimeSpan warmUp)
    {
        double[] rates = values.Text(Steps) is { } steps ? ReadRates(io, Steps, steps) : values.Text(Rate) is { } rate ? ReadRates(io, Rate, rate) : [];
        if (rates.Length == 0)
            return values.IsTyped(Ramp) ? throw io.Wrong("bench.wrong.ramp", ("ramp", Ramp.Name), ("rate", Rate.Name)) : null;
        if (values.IsTyped(Steps) && values.IsTyped(Rate))
            throw io.Wrong("bench.wrong.both", ("one", Rate.Name), ("other", Steps.Name));
        if (values.IsTyped(Think))
            throw io.Wrong("bench.wrong.both", ("one", Think.Name), ("other", values.IsTyped(Steps) ? Steps.Name : Rate.Name));
        if (rates.Length > 1 && duration is null)
            throw io.Wrong("bench.wrong.both", ("one", Count.Name), ("other", Steps.Name));
        TimeSpan all = duration ?? TimeSpan.FromSeconds(1);
        TimeSpan ramp = ReadTime(values, io, Ramp, TimeSpan.Zero, TimeSpan.Zero);
        if (ramp >= all && values.IsTyped(Ramp))
            throw io.Wrong("bench.wrong.ramp-long", ("ramp", Ramp.Name), ("duration", Duration.Name), ("time", Units.Exact(all)));

        var stages = new List<ArrivalStage>();
        if (warmUp > TimeSpan.Zero)
            stages.Add(new ArrivalStage(ramp > TimeSpan.Zero ? rates[0] / 10 : rates[0], ramp > TimeSpan.Zero ? rates[0] / 10 : rates[0], warmUp));
        if (ramp > TimeSpan.Zero)
            stages.Add(new ArrivalStage(0, rates[0], ramp));
        foreach (double one in rates)
            stages.Add(new ArrivalStage(one, one, (all - ramp) / rates.Length));
        return new ArrivalSchedule([.. stages]);
    }

    private static double[] ReadRates(CliIo io, Flag flag, string text)
    {
        string[] parts = flag == Steps ? text.Split(',', StringSplitOptions.TrimEntries) : [text];
        double[] rates = [.. parts.Select(part => Units.TryParseCount(part, out long rate, out _) && rate is > 0 and <= (long)MostRate ? rate : -1d)];
        return rates.Length <= 100 && !rates.Contains(-1) ? rates : throw io.Wrong("bench.wrong.rate", ("flag", flag.Name), ("value", TerminalText.Safe(text)), ("example", flag == Steps ? "1k,2k,5k" : "10k"));
    }

    private static Framing ReadFraming(VerbValues values, CliIo io, SocketUri endpoint)
    {
        bool fits = !endpoint.IsDatagram && !endpoint.IsWebSocket;
        if (!fits && values.IsTyped(CommonFlags.Framing))
            throw io.Wrong(endpoint.IsWebSocket ? "wrong.framing-on-websocket" : "bench.wrong.framing-on-datagrams", ("endpoint", endpoint));
        return fits ? OptionFlags.ReadFraming(values, io, out _) : new ChunkFraming();
    }

    private static int ReadConnections(VerbValues values, CliIo io, BenchMode mode, int inFlight)
    {
        long? limit = Explainers.Here.OpenFileLimit;
        int held = (int)Math.Clamp((limit ?? long.MaxValue) - OtherFiles, 1, 1000);
        int connections = values.Number(Connections, mode == BenchMode.Idle ? held : 1, 1, MostConnections);
        if ((long)connections * inFlight > MostWaiting)
            throw io.Wrong("bench.wrong.in-flight", ("connections", connections), ("flight", inFlight), ("most", Units.FormatCount(MostWaiting)));
        if (connections + OtherFiles > limit)
            throw io.Wrong("bench.wrong.open-files", ("flag", Connections.Name), ("connections", connections), ("limit", limit), ("most", Math.Max(1, limit.Value - OtherFiles)), ("needed", connections + OtherFiles));
        return connections;
    }

    private static StreamDirection ReadDirection(VerbValues values, CliIo io) => values.Text(Direction) switch
    {
        null or "up" => StreamDirection.Up,
        "down" => StreamDirection.Down,
        "both" => StreamDirection.Both,
        { } text => throw io.Wrong("wrong.choice", ("flag", Direction.Name), ("value", TerminalText.Safe(text)), ("choices", Direction.Placeholder)),
    };
}
