using System.Net;
using System.Net.Sockets;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Languages;
using Soket.Linux.Capture;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>What is traced: a capture file, or what passes; and which of it.</summary>
internal sealed class TraceSource
{
    private readonly CaptureReader? _reader;
    private readonly IPacketCapture? _capture;

    private TraceSource(CaptureReader? reader, IPacketCapture? capture)
    {
        _reader = reader;
        _capture = capture;
    }

    /// <summary>The file, <c>-</c> for standard input; null for a live capture.</summary>
    public string? File { get; private init; }

    /// <summary>The interface listened at; null for all.</summary>
    public string? Interface { get; private init; }

    /// <summary>What is wanted, as it was typed.</summary>
    public required string Description { get; init; }

    /// <summary>Whether a packet is wanted; null for all.</summary>
    public Func<CapturedPacket, bool>? Wanted { get; private init; }

    public IReadOnlyList<CaptureInterface> Interfaces => _reader?.Interfaces ?? _capture!.Interfaces;

    public IPacketSource Open() => _reader is not null ? new FilePackets(_reader) : new LivePackets(_capture!);

    public static async Task<TraceSource> ReadAsync(IReadOnlyList<string> words, string? link, CliIo io, CancellationToken cancellationToken)
    {
        if (words.Count == 0 && link is null)
            throw io.Wrong("trace.wrong.needed");
        bool isFile = words is [{ } first, ..] && (first == "-" || System.IO.File.Exists(first) || (LooksLikeFile(first) && !Names(first)));
        var filters = new List<CaptureFilter>();
        foreach (string word in words.Skip(isFile ? 1 : 0))
            filters.Add(await ReadFilterAsync(word, io, cancellationToken).ConfigureAwait(false));
        string description = filters.Count == 0 ? io.Text("trace.everything") : string.Join(", ", words.Skip(isFile ? 1 : 0).Select(TerminalText.Safe));
        Func<CapturedPacket, bool>[] tests = [.. filters.Select(filter => filter.Test())];
        Func<CapturedPacket, bool>? wanted = tests.Length == 0 ? null : packet => Array.Exists(tests, test => test(packet));
        if (isFile)
            return new TraceSource(OpenFile(words[0], io), null) { File = words[0], Description = description, Wanted = wanted };
        if (!OperatingSystem.IsLinux())
            throw io.Wrong("trace.wrong.platform");
        if (filters.Count > 1)
            throw io.Wrong("trace.wrong.one-endpoint");
        CaptureFilter filter = filters is [var one] ? one : CaptureFilter.Everything;
        string? listenAt = link ?? (filter.Hosts.Count > 0 ? LinuxPacketCapture.InterfaceTowards(filter.Hosts) : null);
        return new TraceSource(null, LinuxPacketCapture.Open(listenAt, filter)) { Interface = listenAt, Description = description };
    }

    private static bool LooksLikeFile(string word) => Path.GetExtension(word).ToLowerInvariant() is ".pcap" or ".pcapng" or ".cap" or ".dmp" or ".gz" || (word.Contains('/', StringComparison.Ordinal) && !word.Contains("://", StringComparison.Ordinal));

    // session.pcap:80 would be a host of that name.
    private static bool Names(string word) => SocketUri.TryParse(word, out _, out _);

    private static CaptureReader OpenFile(string path, CliIo io)
    {
        try
        {
            Stream stream = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
            return CaptureReader.Open(stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw io.Wrong("trace.wrong.no-file", ("path", TerminalText.Safe(path)));
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("trace.wrong.file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
        catch (CaptureFileException e)
        {
            throw io.Wrong("trace.wrong.file", ("path", TerminalText.Safe(path)), ("error", e.Describe(io.Language)));
        }
    }

    // An endpoint, or a host with every port.
    private static async Task<CaptureFilter> ReadFilterAsync(string word, CliIo io, CancellationToken cancellationToken)
    {
        string host;
        int port = 0;
        ConversationKind? kind = null;
        if (word.Length > 0 && word.All(char.IsAsciiDigit))
            throw io.Wrong("trace.wrong.port-alone", ("port", word)); // inet_aton(3) would make an address of it
        if (IPAddress.TryParse(word, out _))
        {
            host = word;
        }
        else if (SocketUri.TryParse(word, out SocketUri uri, out SocketUriError? error))
        {
            if (uri.IsUnix)
                throw io.Wrong("trace.wrong.scheme", ("value", TerminalText.Safe(word)));
            (host, port) = (uri.Host, uri.Port);
            // :8080 is any protocol's; tcp://:8080 is TCP's.
            kind = word.Contains("://", StringComparison.Ordinal) ? uri.IsDatagram ? ConversationKind.Udp : ConversationKind.Tcp : null;
        }
        else if (SocketUri.TryParse(word + ":1", out SocketUri bare, out _) && !bare.IsUnix)
        {
            host = bare.Host;
        }
        else
        {
            throw io.Wrong("trace.wrong.source", ("value", TerminalText.Safe(word)), ("error", error.Describe(io.Language, word)));
        }

        return new CaptureFilter { Kind = kind, Port = port == 0 ? null : port, Hosts = await ResolveAsync(word, host, io, cancellationToken).ConfigureAwait(false) };
    }

    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(string word, string host, CliIo io, CancellationToken cancellationToken)
    {
        if (host is "" or SocketUri.AnyHost || (word.StartsWith(':') || word.Contains("://:", StringComparison.Ordinal)))
            return [];
        if (IPAddress.TryParse(host, out IPAddress? address))
            return [address];
        try
        {
            IPAddress[] addresses = await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return addresses.Length <= CaptureFilter.HostLimit ? addresses : throw io.Wrong("trace.wrong.many-addresses", ("host", TerminalText.Safe(host)), ("count", addresses.Length), ("limit", CaptureFilter.HostLimit));
        }
        catch (SocketException)
        {
            throw io.Wrong("trace.wrong.host", ("host", TerminalText.Safe(host)));
        }
    }
}
