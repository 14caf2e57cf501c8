using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Languages;

namespace Soket.SocketTable;

/// <summary>What is wrong with a filter.</summary>
/// <param name="Key">The kind of mistake: <c>term</c>, <c>state</c>, <c>number</c>, <c>address</c>, <c>end</c>, <c>bracket</c>, <c>deep</c>; the key of its text.</param>
/// <param name="Part">The word that is wrong.</param>
public sealed record SocketFilterError(string Key, string Part)
{
    private static readonly Texts Texts = Texts.Load(typeof(SocketFilterError).Assembly, "socket-table");

    /// <summary>What is wrong, in words. The part is as it was typed, and not safe for a terminal.</summary>
    public string Describe(Language language) =>
        Texts.Get(language, "filter." + Key, ("part", Part), ("states", string.Join(", ", SocketTableStates.All.Select(state => state.Name().ToLowerInvariant()))));
}

/// <summary>
/// Which sockets of the table are wanted, as people think of them: <c>:8080</c>, <c>tcp state=listen</c>, <c>pid=123 or program=nginx</c>,
/// <c>not (remote=10.0.0.0/8)</c>. Words side by side must all hold; <c>and</c>, <c>or</c>, <c>not</c> and brackets join them. Pure.
/// </summary>
public sealed class SocketFilter
{
    private const int Deepest = 64; // brackets within brackets

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
        var reader = new Reader(Words(text));
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

    // Brackets and "!" are words of their own, except those of an IPv6 address.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ' ';
            bool alone = c is '(' or ')' || (c == '!' && (start < 0 && (i + 1 >= text.Length || text[i + 1] != '=')));
            if (char.IsWhiteSpace(c) || alone)
            {
                if (start >= 0)
                    words.Add(text[start..i]);
                start = -1;
                if (alone)
                    words.Add(c.ToString());
            }
            else if (start < 0)
            {
                start = i;
            }
        }

        return words;
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
                return Fail("end", "");
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
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                bool not = word[equals - 1] == '!';
                string name = word[..(not ? equals - 1 : equals)].ToLowerInvariant(), value = word[(equals + 1)..];
                Func<SocketEntry, bool>? term = value.Length == 0 ? Fail("end", word) : Named(name, value, word);
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
            if (word[0] is '/' or '@')
                return Named("path", word, word);
            return Address(word) is { } either ? socket => either(socket.Local) || either(socket.Remote) : Fail("term", word);
        }

        private Func<SocketEntry, bool>? Named(string name, string value, string word)
        {
            switch (name)
            {
                case "state":
                    var states = new HashSet<SocketTableState>();
                    foreach (string one in value.Split(','))
                    {
                        if (!SocketTableStates.TryParse(one, out SocketTableState state))
                            return Fail("state", one);
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
                    return Number(value, out int port) && port <= IPEndPoint.MaxPort ? socket => PortOf(socket.Local) == port || PortOf(socket.Remote) == port : Fail("number", word);
                case "local":
                    return Address(value) is { } local ? socket => local(socket.Local) : Fail("address", word);
                case "remote":
                    return Address(value) is { } remote ? socket => remote(socket.Remote) : Fail("address", word);
                case "path":
                    NamesUnix = true;
                    return socket => socket.Local is UnixDomainSocketEndPoint unix && unix.ToString().Contains(value, StringComparison.Ordinal);
                default:
                    return Fail("term", word);
            }
        }

        // ":8080", "127.0.0.1", "10.0.0.0/8", "127.0.0.1:8080", "[::1]:8080", "*:8080"
        private static Func<EndPoint?, bool>? Address(string text)
        {
            string host = text;
            int? port = null;
            int colon = text.LastIndexOf(':');
            bool bracketed = text.StartsWith('[');
            if (colon >= 0 && (bracketed ? text[colon - 1] == ']' : text.IndexOf(':', StringComparison.Ordinal) == colon))
            {
                if (!Number(text[(colon + 1)..], out int number) || number > IPEndPoint.MaxPort)
                    return null;
                (host, port) = (text[..colon], number);
            }

            if (host is "" or "*")
                return port is null ? null : endpoint => PortOf(endpoint) == port;
            host = host.Trim('[', ']');
            if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
                return endpoint => endpoint is IPEndPoint ip && IPAddress.IsLoopback(ip.Address) && (port is null || ip.Port == port);
            if (host.Contains('/', StringComparison.Ordinal))
                return IPNetwork.TryParse(host, out IPNetwork network) ? endpoint => endpoint is IPEndPoint ip && network.Contains(Plain(ip.Address)) && (port is null || ip.Port == port) : null;
            return IPAddress.TryParse(host, out IPAddress? address) && (host.Contains(':', StringComparison.Ordinal) || host.Count(c => c == '.') == 3)
                ? endpoint => endpoint is IPEndPoint ip && (ip.Address.Equals(address) || Plain(ip.Address).Equals(address)) && (port is null || ip.Port == port)
                : null;
        }

        private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        private static int? PortOf(EndPoint? endpoint) => endpoint is IPEndPoint ip ? ip.Port : null;

        private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

        private bool Is(string word, string sign) => !AtEnd && (Word.Equals(word, StringComparison.OrdinalIgnoreCase) || Word == sign);

        private bool Takes(string word, string sign)
        {
            if (!Is(word, sign))
                return false;
            _at++;
            return true;
        }

        private Func<SocketEntry, bool>? Fail(string key, string part)
        {
            Error ??= new(key, part);
            return null;
        }
    }
}
