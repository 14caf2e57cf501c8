using System.Net;
using System.Net.Sockets;

namespace Soket.Chat.Internal;

/// <summary>
/// Who has shown wrong tokens: from an address with many of them one a second is looked at, however many connections it makes; and whoever runs the server is
/// told, once a second at most. Bounded: the address heard longest ago is forgotten first. Under the hall's lock, but for the clock.
/// </summary>
internal sealed class ChatGuesses : IDisposable
{
    private const int Free = 10;
    private const int MostAddresses = 4_096;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, LinkedListNode<Guesser>> _byAddress = new(StringComparer.Ordinal);
    private readonly LinkedList<Guesser> _byAge = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Action _due;
    private long _count;
    private long _total;
    private string _last = "";
    private bool _waits;

    /// <param name="time">The clock.</param>
    /// <param name="due">Called when there may be something to tell, without the lock: it takes it and asks for <see cref="Take"/>.</param>
    public ChatGuesses(TimeProvider time, Action due)
    {
        (_time, _due) = (time, due);
        _timer = time.CreateTimer(static guesses => ((ChatGuesses)guesses!)._due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private sealed class Guesser(string address)
    {
        public string Address { get; } = address;

        public int Count { get; set; }

        public long At { get; set; }

        public long LookedAt { get; set; }
    }

    /// <summary>Whether a token from there is not looked at, since another one was a moment ago.</summary>
    public bool IsTooSoon(string from)
    {
        if (!_byAddress.TryGetValue(KeyOf(from), out LinkedListNode<Guesser>? node) || node.Value.Count < Free || _time.GetElapsedTime(node.Value.At) > Memory)
            return false;
        if (_time.GetElapsedTime(node.Value.LookedAt) < Pause)
            return true;
        node.Value.LookedAt = _time.GetTimestamp();
        return false;
    }

    /// <summary>A token from there was wrong, or came too soon.</summary>
    /// <returns>What is to be told now; null for later, or nothing.</returns>
    public ChatNotice? Wrong(string from)
    {
        string key = KeyOf(from);
        if (_byAddress.Remove(key, out LinkedListNode<Guesser>? node))
            _byAge.Remove(node);
        if (node is null || _time.GetElapsedTime(node.Value.At) > Memory)
            node = new LinkedListNode<Guesser>(new Guesser(key));
        node.Value.At = _time.GetTimestamp();
        if (++node.Value.Count == Free)
            node.Value.LookedAt = node.Value.At;
        _byAge.AddLast(node);
        _byAddress[key] = node;
        if (_byAge.Count > MostAddresses)
        {
            _byAddress.Remove(_byAge.First!.Value.Address);
            _byAge.RemoveFirst();
        }

        (_count, _total, _last) = (_count + 1, _total + 1, from);
        return _waits ? null : Take();
    }

    /// <summary>What is to be told; null for nothing. The next is due a second later.</summary>
    public ChatNotice? Take()
    {
        _waits = _count > 0;
        if (!_waits)
            return null;
        var notice = new ChatNotice("tokens-wrong", ("count", $"{_count}"), ("total", $"{_total}"), ("address", _last.Length > 0 ? _last : "-"));
        _count = 0;
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        return notice;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>An address without its port, as words: one who has an IPv6 address has its whole network. What is no address is its own key.</summary>
    public static string KeyOf(string from)
    {
        if (!IPEndPoint.TryParse(from, out IPEndPoint? endpoint))
            return from;
        IPAddress address = endpoint.Address.IsIPv4MappedToIPv6 ? endpoint.Address.MapToIPv4() : endpoint.Address;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
