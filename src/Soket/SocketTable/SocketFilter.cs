using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Languages;

namespace Soket.SocketTable;

/// <summary>What is wrong with a filter.</summary>
/// <param name="Key">The kind of mistake: <c>term</c>, <c>port-alone</c>, <c>port-range</c>, <c>ss-term</c>, <c>state</c>, <c>service</c>, <c>number</c>, <c>address</c>, <c>comparison</c>, <c>end</c>, <c>bracket</c>, <c>deep</c>; the key of its text.</param>
/// <param name="Part">The word that is wrong.</param>
public sealed record SocketFilterError(string Key, string Part)
{
    /// <summary>How it is written here, where that is known, or which word was probably meant; null where neither is known.</summary>
    public string? Meant { get; init; }

    private bool IsNear => Meant is not null && Key is "term" or "state";

    private static readonly Texts Texts = Texts.Load(typeof(SocketFilterError).Assembly, "socket-table");

    /// <summary>What is wrong, in words. The part is as it was typed, and not safe for a terminal.</summary>
    public string Describe(Language language) =>
        Texts.Get(language, IsNear ? "filter.near" : "filter." + Key, ("part", Part), ("meant", Meant), ("states", string.Join(", ", SocketTableStates.All.Select(state => state.Name().ToLowerInvariant()))));
}

/// <summary>
/// Which sockets of the table are wanted, as people think of them: <c>:8080</c>, <c>tcp state=listen</c>, <c>pid=123 or program=nginx</c>,
/// <c>not (remote=10.0.0.0/8)</c>, <c>port=8000-8010</c>, <c>:http</c>. Words side by side must all hold; <c>and</c>, <c>or</c>, <c>not</c> and brackets
/// join them. What ss(8) writes is taken too: <c>sport = :80</c>, <c>dport gt :1024</c>, <c>dst 10.0.0.0/8</c>, <c>state established</c>. Pure but for the names of services.
/// </summary>
public sealed class SocketFilter
{
    private const int Deepest = 64; // brackets within brackets

    private static readonly string[] States = [.. SocketTableStates.All.Select(state => state.Name().ToLowerInvariant())];
    private static readonly string[] Alone = [.. States, "tcp", "udp", "raw", "unix"]; // words that are terms by themselves

    private readonly Func<SocketEntry, bool> _matches;

    private SocketFilter(Func<SocketEntry, bool> matches) => _matches = matches;

    /// <summary>Every socket.</summary>
    public static SocketFilter All { get; } = new(static _ => true);

    /// <summary>The names of the terms: <c>state</c>, <c>pid</c> ...</summary>
    public static IReadOnlyList<string> Terms { get; } = ["state", "port", "local", "remote", "pid", "program", "user", "path"];

    /// <summary>Whether it asks who holds a socket.</summary>
    public bool NeedsHolders { get; private init; }

    /// <summary>Whether it speaks of Unix sockets.</summary>
    public bool NamesUnix { get; private init; }

    /// <summary>Whether a socket is wanted.</summary>
    public bool Matches(SocketEntry socket) => _matches(socket);

    /// <summary>Reads a filter.</summary>
    /// <param name="text">The filter; empty for every socket.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SocketFilter? filter, [NotNullWhen(false)] out SocketFilterError? error)
    {
        var reader = new Reader(FilterWords.Of(text));
        Func<SocketEntry, bool>? matches = reader.AtEnd ? static _ => true : reader.Either(0);
        if (matches is not null && !reader.AtEnd)
            reader.Error ??= new("bracket", reader.Word);
        (filter, error) = (null, reader.Error);
        if (matches is null || error is not null)
        {
            error ??= new("end", "");
            return false;
        }

        filter = new(matches) { NeedsHolders = reader.NeedsHolders, NamesUnix = reader.NamesUnix };
        return true;
    }

    private sealed class Reader(List<string> words)
    {
        private int _at;

        public bool NeedsHolders { get; private set; }

        public bool NamesUnix { get; private set; }

        public SocketFilterError? Error { get; set; }

        public bool AtEnd => _at == words.Count;

        public string Word => AtEnd ? "" : words[_at];

        public Func<SocketEntry, bool>? Either(int depth)
        {
            Func<SocketEntry, bool>? left = All(depth);
            while (left is not null && Takes("or", "||"))
            {
                if (All(depth) is not { } right)
                    return null;
                Func<SocketEntry, bool> before = left;
                left = socket => before(socket) || right(socket);
            }

            return left;
        }

        private Func<SocketEntry, bool>? All(int depth)
        {
            Func<SocketEntry, bool>? left = One(depth);
            while (left is not null)
            {
                bool joined = Takes("and", "&&");
                if (!joined && (AtEnd || Word == ")" || Is("or", "||")))
                    return left;
                if (One(depth) is not { } right)
                    return null;
                Func<SocketEntry, bool> before = left;
                left = socket => before(socket) && right(socket);
            }

            return null;
        }

        private Func<SocketEntry, bool>? One(int depth)
        {
            if (depth > Deepest)
                return Fail("deep", Word);
            if (AtEnd)
                return Fail("end", words[_at - 1]); // an empty filter was not brought here
            if (Takes("not", "!"))
                return One(depth + 1) is { } inner ? socket => !inner(socket) : null;
            if (Takes("(", "("))
            {
                Func<SocketEntry, bool>? inside = Either(depth + 1);
                return inside is null ? null : Takes(")", ")") ? inside : Fail("bracket", "(");
            }

            return Term(words[_at++]);
        }

        private Func<SocketEntry, bool>? Term(string word)
        {
            int at = word.IndexOfAny(FilterWords.Signs);
            if (at > 0 && (word[at] is '=' or '!' || FilterWords.IsName(word[..at])))
            {
                int end = at;
                while (end < word.Length && end < at + 2 && (end == at || word[end] == '='))
                    end++;
                string name = word[..at].ToLowerInvariant(), sign = word[at..end] is "==" ? "=" : word[at..end], value = word[end..];
                if (sign == "!")
                    return Fail("term", word);
                if (value.Length == 0)
                    return Fail("end", word);
                if (sign is "<" or "<=" or ">" or ">=" && name is not ("port" or "sport" or "dport"))
                    return Fail("comparison", word);
                bool not = sign == "!=";
                Func<SocketEntry, bool>? term = Named(name, not ? "=" : sign, value, word);
                return term is null || !not ? term : socket => !term(socket);
            }

            switch (word.ToLowerInvariant())
            {
                case "tcp" or "udp" or "raw" or "unixgram" or "unixseq":
                    NamesUnix |= word.StartsWith("unix", StringComparison.OrdinalIgnoreCase);
                    return socket => socket.Protocol.Equals(word, StringComparison.OrdinalIgnoreCase);
                case "unix":
                    NamesUnix = true;
                    return socket => !socket.IsInet;
                case "inet":
                    return socket => socket.IsInet;
            }

            if (SocketTableStates.TryParse(word, out SocketTableState state))
                return socket => socket.State == state;
            if (word.All(char.IsAsciiDigit))
                return Fail("port-alone", word);
            if (word[0] is '/' or '@')
                return Named("path", "=", word, word);
            if (Address(word) is { } either)
                return socket => either(socket.Local) || either(socket.Remote);
            return WrongPort(word) is { } mistake ? Fail(mistake, word) : Fail("term", word, Nearest.Of(word, Alone));
        }

        private Func<SocketEntry, bool>? Named(string name, string sign, string value, string word)
        {
            switch (name)
            {
                case "state":
                    var states = new HashSet<SocketTableState>();
                    foreach (string one in value.Split(','))
                    {
                        if (!SocketTableStates.TryParse(one, out SocketTableState state))
                            return Fail("state", one, Nearest.Of(one, States));
                        states.Add(state);
                    }

                    return socket => states.Contains(socket.State);
                case "pid":
                    NeedsHolders = true;
                    return Number(value, out int id) ? socket => socket.Holders.Any(holder => holder.ProcessId == id) : Fail("number", word);
                case "program":
                    NeedsHolders = true;
                    return socket => socket.Holders.Any(holder => holder.Program.Contains(value, StringComparison.OrdinalIgnoreCase));
                case "user":
                    NeedsHolders = true;
                    return socket => socket.User == value || socket.UserId?.ToString(CultureInfo.InvariantCulture) == value;
                case "port":
                    return PortSet.TryParse(value, sign, out Func<int, bool>? either, out string? mistake) ? socket => Has(socket.Local, either) || Has(socket.Remote, either) : Fail(mistake, word);
                case "sport" when !HasHost(value):
                    return PortSet.TryParse(value, sign, out Func<int, bool>? own, out mistake) ? socket => Has(socket.Local, own) : Fail(mistake, word);
                case "dport" when !HasHost(value):
                    return PortSet.TryParse(value, sign, out Func<int, bool>? far, out mistake) ? socket => Has(socket.Remote, far) : Fail(mistake, word);
                case "local" or "src" or "sport":
                    return Address(value) is { } local ? socket => local(socket.Local) : Fail(WrongPort(value) ?? "address", word);
                case "remote" or "dst" or "dport":
                    return Address(value) is { } remote ? socket => remote(socket.Remote) : Fail(WrongPort(value) ?? "address", word);
                case "path":
                    NamesUnix = true;
                    return socket => socket.Local is UnixDomainSocketEndPoint unix && unix.ToString().Contains(value, StringComparison.Ordinal);
                default:
                    return OfSs(name, value) is { } meant ? Fail("ss-term", word, meant) : Fail("term", word, Nearest.Of(name, Terms) is { } near ? near + word[name.Length..] : null);
            }
        }

        // ss and others call these otherwise.
        private static string? OfSs(string name, string value) => name switch
        {
            "process" or "comm" or "name" => "program=" + value,
            "uid" => "user=" + value,
            _ => null,
        };

        // "dport=10.0.0.1:80": ss takes no more than the port, people write the place.
        private static bool HasHost(string value) => value.IndexOf(':', StringComparison.Ordinal) > 0;

        // ":99999" and ":nonsense" are meant for a port, and there is none of that number or name.
        private static string? WrongPort(string word)
        {
            int colon = word.LastIndexOf(':');
            bool isPort = colon >= 0 && colon + 1 < word.Length && (colon == 0 || word[colon - 1] == ']' || word.IndexOf(':', StringComparison.Ordinal) == colon);
            return isPort && !PortSet.TryParse(word[(colon + 1)..], "=", out _, out string? mistake) ? mistake : null;
        }

        // ":8080", "127.0.0.1", "10.0.0.0/8", "127.0.0.1:8080", "[::1]:8080", "*:8080", ":8000-8010", "localhost:http"
        private static Func<EndPoint?, bool>? Address(string text)
        {
            string host = text;
            Func<int, bool>? port = null;
            int colon = text.LastIndexOf(':');
            bool bracketed = text.StartsWith('[');
            if (colon >= 0 && (bracketed ? text[colon - 1] == ']' : text.IndexOf(':', StringComparison.Ordinal) == colon))
            {
                if (!PortSet.TryParse(text[(colon + 1)..], "=", out port, out _))
                    return null;
                host = text[..colon];
            }

            if (host is "" or "*")
                return port is null ? null : endpoint => Has(endpoint, port);
            host = host.Trim('[', ']');
            if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
                return endpoint => endpoint is IPEndPoint ip && IPAddress.IsLoopback(ip.Address) && (port is null || port(ip.Port));
            if (host.Contains('/', StringComparison.Ordinal))
                return IPNetwork.TryParse(host, out IPNetwork network) ? endpoint => endpoint is IPEndPoint ip && network.Contains(Plain(ip.Address)) && (port is null || port(ip.Port)) : null;
            return IPAddress.TryParse(host, out IPAddress? address) && (host.Contains(':', StringComparison.Ordinal) || host.Count(c => c == '.') == 3)
                ? endpoint => endpoint is IPEndPoint ip && (ip.Address.Equals(address) || Plain(ip.Address).Equals(address)) && (port is null || port(ip.Port))
                : null;
        }

        private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        private static bool Has(EndPoint? endpoint, Func<int, bool> port) => endpoint is IPEndPoint ip && port(ip.Port);

        private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

        private bool Is(string word, string sign) => !AtEnd && (Word.Equals(word, StringComparison.OrdinalIgnoreCase) || Word == sign);

        private bool Takes(string word, string sign)
        {
            if (!Is(word, sign))
                return false;
            _at++;
            return true;
        }

        private Func<SocketEntry, bool>? Fail(string key, string part, string? meant = null)
        {
            Error ??= new(key, part) { Meant = meant };
            return null;
        }
    }
}
