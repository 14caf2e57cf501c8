using System.Buffers;
using System.Globalization;
using System.Text;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Protocols.Framing;

namespace Soket.Cli.Commands.Bench;

/// <summary>What is sent, and what has to come back.</summary>
internal static class BenchMessages
{
    private const int MostSize = 64 * 1024 * 1024;
    private const int MostDatagram = 65_507;  // UDP over IPv4: 65,535 less both heads
    private const int LeastDatagram = 24;     // a number, a time, and room to tell them from anything else

    private static readonly Flag Size = new("--size", FlagKind.Value, "flags.messages", "SIZE");
    private static readonly Flag Text = new("--text", FlagKind.Value, "flags.messages", "TEXT");
    private static readonly Flag Template = new("--template", FlagKind.Value, "flags.messages", "TEXT");
    private static readonly Flag Seed = new("--seed", FlagKind.Value, "flags.messages", "N");

    public static Flag Random { get; } = new("--random", FlagKind.Value, "flags.messages", "SIZE[-SIZE]");

    public static Flag File { get; } = new("--file", FlagKind.Value, "flags.messages", "FILE");

    public static Flag Verify { get; } = new("--verify", FlagKind.Value, "flags.messages", "echo|length:N|text:TEXT|regex:RE|none");

    public static IReadOnlyList<Flag> Flags { get; } = [Size, Text, File, Template, Random, Seed, Verify];

    public static BenchPayload ReadPayload(VerbValues values, CliIo io, BenchMode mode, Framing framing, SocketUri endpoint)
    {
        Flag[] given = [.. new[] { Size, Text, File, Template, Random }.Where(values.IsTyped)];
        if (given.Length > 1)
            throw io.Wrong("bench.wrong.both", ("one", given[0].Name), ("other", given[1].Name));
        if (mode is BenchMode.Datagrams or BenchMode.Stream or BenchMode.Connect && given.Length == 1 && (given[0] != Size || mode == BenchMode.Connect))
            throw io.Wrong("bench.wrong.stray", ("flag", given[0].Name), ("mode", mode.ToString().ToLowerInvariant()));
        long seed = values.Number(Seed, 1, 0, int.MaxValue);
        BenchPayload payload = Read(values, io, mode, seed);
        if (payload.MaxLength == 0 && framing is ChunkFraming && !endpoint.IsWebSocket)
            throw io.Wrong("bench.wrong.empty");
        Check(io, payload, framing);
        return payload;
    }

    public static ReplyVerifier ReadVerifier(VerbValues values, CliIo io, BenchMode mode)
    {
        string text = mode is BenchMode.Messages or BenchMode.Idle ? values.Text(Verify) ?? "echo" : "echo";
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string rest = colon < 0 ? "" : text[(colon + 1)..];
        switch (colon < 0 ? text : text[..colon])
        {
            case "echo" when colon < 0:
                return ReplyVerifier.Echo;
            case "none" when colon < 0:
                return ReplyVerifier.None;
            case "text" when rest.Length > 0:
                return ReplyVerifier.OfText(rest);
            case "length" when Units.TryParseBytes(rest, out long length, out _) && length is > 0 and <= MostSize:
                return ReplyVerifier.OfLength((int)length);
            case "regex" when rest.Length > 0:
                try
                {
                    return ReplyVerifier.OfRegex(rest);
                }
                catch (Exception e) when (e is ArgumentException or NotSupportedException)
                {
                    throw io.Wrong("bench.wrong.regex", ("flag", Verify.Name), ("value", TerminalText.Safe(rest)));
                }

            default:
                throw io.Wrong("bench.wrong.verify", ("flag", Verify.Name), ("value", TerminalText.Safe(text)));
        }
    }

    private static BenchPayload Read(VerbValues values, CliIo io, BenchMode mode, long seed)
    {
        if (values.Text(Text) is { } text)
            return BenchPayload.Fixed(Short(text), Encoding.UTF8.GetBytes(text));
        if (values.Text(File) is { } file)
            return BenchPayload.Fixed(Path.GetFileName(file), ReadFile(file, io));
        if (values.Text(Template) is { } template)
            return BenchPayload.TryTemplate(template, seed, out BenchPayload? made, out string? wrong) ? made : throw io.Wrong("bench.wrong.template", ("flag", Template.Name), ("part", TerminalText.Safe(wrong)));
        if (values.Text(Random) is { } random)
            return ReadRandom(random, io, seed);
        return mode == BenchMode.Datagrams
            ? BenchPayload.OfSize((int)values.Size(Size, 64, LeastDatagram, MostDatagram))
            : BenchPayload.OfSize((int)values.Size(Size, mode == BenchMode.Stream ? 64 * 1024 : 64, 0, MostSize));
    }

    private static byte[] ReadFile(string file, CliIo io)
    {
        try
        {
            var info = new FileInfo(file);
            if (info.Exists && info.Length > MostSize)
                throw io.Wrong("bench.wrong.file-size", ("path", TerminalText.Safe(file)), ("most", Units.FormatBytes(MostSize)));
            return System.IO.File.ReadAllBytes(file);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("bench.wrong.file", ("flag", File.Name), ("path", TerminalText.Safe(file)), ("error", FileTrouble.Of(e, file, io)));
        }
    }

    private static BenchPayload ReadRandom(string text, CliIo io, long seed)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        bool right = Units.TryParseBytes(dash < 0 ? text : text[..dash], out long least, out _);
        long most = least;
        right = right && (dash < 0 || Units.TryParseBytes(text[(dash + 1)..], out most, out _));
        return right && least > 0 && most >= least && most <= MostSize
            ? BenchPayload.Random((int)least, (int)most, seed)
            : throw io.Wrong("bench.wrong.random", ("flag", Random.Name), ("value", TerminalText.Safe(text)));
    }

    // A framing that cannot carry the message, or not back, would fail with every one of them.
    private static void Check(CliIo io, BenchPayload payload, Framing framing)
    {
        if (framing is ChunkFraming)
            return;
        for (int i = 0; i < 16; i++)
        {
            var message = new ArrayBufferWriter<byte>();
            var framed = new ArrayBufferWriter<byte>();
            payload.Write(i, i, message);
            try
            {
                framing.Write(new ReadOnlySequence<byte>(message.WrittenMemory), framed);
            }
            catch (ArgumentException e)
            {
                throw io.Wrong("connect.wrong.framing", ("framing", framing.Name), ("error", TerminalText.Safe(e.Message)));
            }

            var back = new ReadOnlySequence<byte>(framed.WrittenMemory);
            if (framing.TryRead(ref back, ended: false, out ReadOnlySequence<byte> read) != FramingResult.Message || read.Length != message.WrittenCount || back.Length > 0)
                throw io.Wrong("bench.wrong.framing", ("framing", framing.Name), ("payload", TerminalText.Safe(payload.Name)));
        }
    }

    private static string Short(string text) => string.Create(CultureInfo.InvariantCulture, $"'{(text.Length > 24 ? text[..23] + "…" : text)}'");
}
