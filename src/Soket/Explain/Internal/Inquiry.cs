using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Languages;

namespace Soket.Explain.Internal;

/// <summary>
/// One failure being explained: what is known of it, what may be looked at, and the words. Whatever is looked up is put under a name with
/// <see cref="Set"/>; the texts take from there.
/// </summary>
internal sealed class Inquiry
{
    private const int LongestValue = 240;
    private const int LongestCommand = 100;
    private readonly List<(string Name, object? Value)> _values = [];
    private readonly HashSet<string> _words = new(StringComparer.Ordinal); // names of values that are parts of commands themselves
    private readonly List<string> _ruledOut = [];

    public Inquiry(SocketFailure failure, Language language, ISystemFacts machine)
    {
        Failure = failure;
        Language = language;
        Machine = machine;
        Targets = FindTargets();
        Set("call", failure.Call.Name());
        Set("error", failure.Error.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{failure.Error.Name} ({number})") : failure.Error.Name);
        Set("words", failure.Error.Message);
        Set("protocol", Protocol.ToUpperInvariant());
        Set("endpoint", Endpoint);
        Set("address", Targets.Count > 0 ? Targets[0] : Endpoint);
        Set("sent", Bytes(Context.Sent ?? 0));
        Set("received", Bytes(Context.Received ?? 0));
        Set("elapsed", Context.Elapsed is { } elapsed ? Time(elapsed) : null);
    }

    public SocketFailure Failure { get; }

    public FailureContext Context => Failure.Context;

    public Language Language { get; }

    /// <summary>What may be looked at.</summary>
    public ISystemFacts Machine { get; }

    /// <summary>The addresses that gave this very error, or the peer's address: without IPv4-mapped forms.</summary>
    public IReadOnlyList<IPEndPoint> Targets { get; }

    /// <summary>Whether a client could not have the address that its connection was to come from: it is about that, not about the peer.</summary>
    public bool IsSource => Failure.Call == SocketCall.Bind && Context is { Local: IPEndPoint, Remote: not null };

    public bool IsServer => Fact(FailureFacts.Role) == "server";

    /// <summary>Whether packets were to be captured, packet(7).</summary>
    public bool IsCapture => Context.Transport == "packet";

    public string Protocol => Scheme is "udp" ? "udp" : "tcp";

    public string Scheme
    {
        get
        {
            int colon = Context.Endpoint?.IndexOf(':', StringComparison.Ordinal) ?? -1;
            string? named = colon > 0 ? Context.Endpoint![..colon] : null;
            return named is "tcp" or "udp" or "unix" or "unixgram" or "tls" or "ws" or "wss" ? named : Context.Transport ?? "tcp";
        }
    }

    /// <summary>The path, where the endpoint is a Unix socket.</summary>
    public string? UnixPath
    {
        get
        {
            if (Fact(FailureFacts.Path) is { } path)
                return path;
            if ((Context.Remote ?? Context.Local) is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } name)
                return name;
            return Scheme is "unix" or "unixgram" && Context.Endpoint is { } endpoint && endpoint.IndexOf(':', StringComparison.Ordinal) is > 0 and int at
                ? endpoint[(at + 1)..]
                : null;
        }
    }

    /// <summary>The endpoint as the person named it, else by its address.</summary>
    public string Endpoint => Context.Endpoint
        ?? (UnixPathOfAddress() is { } path ? $"{Scheme}:{path}" : Named(Targets.Count > 0 ? Targets[0] : Context.Remote ?? Context.Local));

    public string? Fact(string name) => Context.Facts.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    public void Set(string name, object? value)
    {
        _words.Remove(name);
        _values.RemoveAll(known => known.Name == name);
        _values.Add((name, value is string text ? Clean(text) : value is null or IFormattable and not IPAddress ? value : Clean(value.ToString() ?? "")));
    }

    /// <summary>As <see cref="Set"/>, for words of a command, or a text with a command in it, that are Soket's own: a remedy has them as they are.</summary>
    public void SetWords(string name, string words)
    {
        Set(name, words);
        _words.Add(name);
    }

    public string Text(string key) => Catalogue.Texts.Get(Language, key, _values.ToArray());

    /// <summary>A text with commands in it: what stands in them runs nothing when they are pasted, whoever chose it.</summary>
    public string Remedy(string key) => ProposedCommand.Write(Catalogue.Texts.Get(Language, key, _values.Select(Marked).ToArray()));

    public void RuleOut(string key) => _ruledOut.Add(Text("ruled." + key));

    /// <summary>The explanation: one cause, and the remedy that goes with it.</summary>
    public Explanation Say(string code, string variant, string? remedy = null) => new(code, Text($"{code}.cause.{variant}"), Remedy($"{code}.remedy.{remedy ?? variant}"))
    {
        RuledOut = _ruledOut,
        ExitCode = Catalogue.Find(code).ExitCode,
        Situation = variant,
    };

    public string Holder(ProcessFact? holder)
    {
        if (holder is null)
            return Catalogue.Texts.Get(Language, "holder.unknown");
        if (holder.Id == Environment.ProcessId)
            return Catalogue.Texts.Get(Language, "holder.self", ("pid", holder.Id));
        string key = (holder.Command, holder.User) switch
        {
            (null, null) => "holder.pid",
            (null, _) => "holder.user",
            (_, null) => "holder.command",
            _ => "holder.full",
        };
        return Catalogue.Texts.Get(Language, key, ("pid", holder.Id), ("command", Clean(Short(holder.Command ?? ""))), ("user", Clean(holder.User ?? "")));
    }

    // The program without its folder, Soket by its name, and as many arguments as a line has room for.
    private static string Short(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return command;
        int first = words.Length > 1 && Name(words[0]) == "dotnet" && Name(words[1]).EndsWith(".dll", StringComparison.Ordinal) ? 1 : 0; // the program is the assembly
        string name = Name(words[first]);
        var text = new StringBuilder(name.StartsWith("Soket.", StringComparison.Ordinal) ? "soket" : name);
        foreach (string word in words.Skip(first + 1))
        {
            if (text.Length + word.Length > LongestCommand)
                return text.Append(" …").ToString();
            text.Append(' ').Append(WithoutLogin(word));
        }

        return text.ToString();
    }

    // http://name:password@host, as other programs take it: what runs on this machine is named, not what it was trusted with.
    private static string WithoutLogin(string word)
    {
        int separator = word.IndexOf("://", StringComparison.Ordinal), at = word.LastIndexOf('@');
        return separator >= 0 && at > separator ? word[..(separator + 3)] + "***" + word[at..] : word;
    }

    private static string Name(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>A fact that is a number; null where it is none.</summary>
    public static long? Number(string? fact) => long.TryParse(fact, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    public string Bytes(long count) => Catalogue.Texts.Get(Language, count == 1 ? "byte" : "bytes", ("count", count));

    // A timer may fire a millisecond early: 999 ms of a limit of 1 s are told as the second that was asked for.
    public string Time(TimeSpan time) => time.TotalSeconds >= 0.99
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} {Catalogue.Texts.Get(Language, "second")}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms");

    /// <summary>An address as an endpoint of the same kind: what a person can paste behind <c>soket connect</c>.</summary>
    public string Named(EndPoint? address, string? scheme = null) => address is null ? Scheme + ":" : $"{scheme ?? Scheme}://{address}";

    /// <summary>The endpoint as it was named, on another port.</summary>
    public string OnPort(IPEndPoint address, int port)
    {
        string old = ":" + address.Port.ToString(CultureInfo.InvariantCulture);
        return Context.Endpoint is { } endpoint && endpoint.EndsWith(old, StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{endpoint.AsSpan(0, endpoint.Length - old.Length)}:{port}")
            : Named(new IPEndPoint(address.Address, port));
    }

    public bool IsOwn(IPAddress address) =>
        IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || (Machine.OwnAddresses?.Contains(address) ?? false);

    public static bool IsListening(SocketFact socket) => socket.State is "LISTEN" or "UNCONN";

    public static IPEndPoint Plain(IPEndPoint endpoint) => endpoint.Address.IsIPv4MappedToIPv6 ? new(endpoint.Address.MapToIPv4(), endpoint.Port) : endpoint;

    /// <summary>The next port above, on the same address, that can really be bound.</summary>
    public int? NextFreePort(IPEndPoint taken)
    {
        for (int port = taken.Port + 1; port <= Math.Min(taken.Port + 64, 65535); port++)
        {
            if (Machine.IsFree(Protocol, new IPEndPoint(taken.Address, port)) == true)
                return port;
        }

        return null;
    }

    /// <summary>
    /// Peers choose some of these texts (a certificate's subject, a process's command line): no control or formatting character of theirs reaches
    /// a terminal, and none is long.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, LongestValue) + 1);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length >= LongestValue)
            {
                clean.Append('…');
                break;
            }

            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            bool shown = category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            clean.Append(shown ? rune.ToString() : "\uFFFD");
        }

        return clean.ToString();
    }

    private (string Name, object? Value) Marked((string Name, object? Value) known) =>
        known.Value is string text && !_words.Contains(known.Name) ? (known.Name, ProposedCommand.Mark(text)) : known;

    private string? UnixPathOfAddress() =>
        Fact(FailureFacts.Path) ?? ((Context.Remote ?? Context.Local) is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } name ? name : null);

    private List<IPEndPoint> FindTargets()
    {
        var targets = new List<IPEndPoint>();
        if (IsSource)
            return [Plain((IPEndPoint)Context.Local!)];
        foreach (ConnectAttempt attempt in Context.Attempts)
        {
            if (attempt.Address is IPEndPoint address && (attempt.Error is null || attempt.Error.Value.Name == Failure.Error.Name) && !targets.Contains(Plain(address)))
                targets.Add(Plain(address));
        }

        bool bound = Failure.Call is SocketCall.Bind or SocketCall.Listen or SocketCall.Accept;
        if (targets.Count == 0 && (bound ? Context.Local : Context.Remote) is IPEndPoint one)
            targets.Add(Plain(one));
        return targets;
    }
}
