using System.Threading.Channels;
using Soket.Chat.Internal;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Chat;

/// <summary>
/// Takes part in a chat over any endpoint. It comes back by itself when the connection is lost, catches up on what was said meanwhile, and says again what
/// was not accepted; the server knows by session and count what it has heard already, so nothing is said twice. With a plain peer it is a plain program.
/// </summary>
/// <param name="endpoint">Where the server is.</param>
/// <param name="options">How.</param>
public sealed class ChatClient(SocketUri endpoint, ChatClientOptions options) : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    // Bounded: who reads no news is waited for, and then the server's limits hold. Few, for each may be a quarter of a megabyte.
    private readonly Channel<ChatNews> _news = Channel.CreateBounded<ChatNews>(new BoundedChannelOptions(64) { SingleReader = true });
    private readonly ChatOutbox _outbox = new(options.Waiting);
    private readonly ChatPlaces _places = new(options.Rooms);
    private ChatManner _manner = options.Manner;
    private string _session = "";
    private string _epoch = "";
    private volatile string _name = options.Name;
    private volatile bool _welcomed;
    private ChatConnected? _arrival; // to be told once it is known that somebody is there
    private long _heard;

    /// <summary>What there is to tell, in order; it ends with the conversation.</summary>
    public ChannelReader<ChatNews> News => _news.Reader;

    /// <summary>One's own name, as the server has it. Any thread.</summary>
    public string Name => _name;

    /// <summary>The room that what is said goes to; null before there is one. Any thread.</summary>
    public string? Room => _places.Current;

    /// <summary>Who is in the rooms one is in, as far as was told. Any thread.</summary>
    public IReadOnlyList<string> Names => _places.Names;

    /// <summary>The rooms one is in. Any thread.</summary>
    public IReadOnlyList<string> Rooms => _places.Rooms;

    /// <summary>Whether everything that was said has been accepted, or refused. Any thread.</summary>
    public bool IsSaid => _outbox.Count == 0;

    /// <summary>How many lines have been neither accepted nor refused yet. Any thread.</summary>
    public int UnsaidCount => _outbox.Count;

    /// <summary>Takes part until the end.</summary>
    /// <param name="cancellationToken">Ends it; what was not accepted by then is not said.</param>
    /// <returns>The server's goodbye, or <see cref="ChatBye.Lost"/> where it ended without one as often as was asked; null where a plain peer has ended the conversation.</returns>
    /// <exception cref="SocketFailure">It could not be connected to the first time, or as often as was asked.</exception>
    public async Task<ChatBye?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ComeBackAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _news.Writer.TryComplete();
        }
    }

    /// <summary>Says a line, or does what it says where it is a command; waits while too much is waiting.</summary>
    /// <param name="line">The line, as it was typed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SayAsync(string line, CancellationToken cancellationToken = default) => _outbox.AddAsync(line, _places.RoomFor(line), cancellationToken);

    /// <summary>Waits until everything that was said has been accepted or refused.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SaidAsync(CancellationToken cancellationToken = default) => _outbox.EmptyAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _outbox.Dispose();

    private async Task<ChatBye?> ComeBackAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = options.ReconnectDelay;
        SocketUri[] servers = [endpoint, .. options.Others];
        bool connected = false, again = false;
        for (int failed = 0, tried = 0; ; tried++)
        {
            SocketUri server = servers[tried % servers.Length];
            SocketFailure? failure = null;
            ChatBye? bye = null;
            try
            {
                await using IChatLink link = await ChatLinks.OpenAsync(server, options, _manner, cancellationToken).ConfigureAwait(false);
                _manner = link.Manner;
                _arrival = new ChatConnected(link.Manner, connected) { Endpoint = server };
                // Datagrams go out whether or not anybody is there: only the welcome tells.
                if (!server.IsDatagram || link.Manner == ChatManner.Plain)
                    await ArriveAsync(cancellationToken).ConfigureAwait(false);
                bye = await TalkAsync(link, cancellationToken).ConfigureAwait(false);
                if (link.Manner == ChatManner.Plain || bye is { ReconnectAfter: null })
                    return bye;
            }
            catch (Exception e) when (SocketFailure.Find(e) is { } cause && MayPass(cause) && (tried < servers.Length - 1 || (_manner == ChatManner.Rooms && (again || _welcomed))))
            {
                failure = cause;
            }

            connected |= _arrival is null;
            if (_welcomed)
                (failed, delay) = (0, options.ReconnectDelay);
            (again, _welcomed) = (connected, false);
            if (options.MostReconnects is { } most && failed++ >= most)
                return failure is null ? bye ?? new ChatBye(ChatBye.Lost, null) : throw failure;
            TimeSpan wait = bye?.ReconnectAfter ?? delay;
            await _news.Writer.WriteAsync(new ChatLost(failure, wait), cancellationToken).ConfigureAwait(false);
            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async ValueTask ArriveAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _arrival, null) is { } arrival)
            await _news.Writer.WriteAsync(arrival, cancellationToken).ConfigureAwait(false);
    }

    // One connection: what is heard, what is said, and whether anybody is there.
    private async Task<ChatBye?> TalkAsync(IChatLink link, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool rooms = link.Manner == ChatManner.Rooms;
        if (rooms)
            await link.SendAsync(ChatJson.Write(new ChatHelloRequest(Hello())), cancellationToken).ConfigureAwait(false);
        _outbox.Begin(rooms);
        Volatile.Write(ref _heard, Environment.TickCount64);
        Task<ChatBye?> listening = ListenAsync(link, over.Token, cancellationToken);
        Task speaking = SpeakAsync(link, rooms, over.Token);
        Task watching = rooms ? WatchAsync(link, over.Token) : Task.Delay(Timeout.Infinite, over.Token);
        Task first = await Task.WhenAny(listening, speaking, watching).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(listening, speaking, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // A send that failed says less than the receive: the peer's goodbye, or its reset.
        if (first != listening && !listening.IsCompletedSuccessfully && first.IsFaulted)
            await first.ConfigureAwait(false);
        return listening.IsCanceled ? null : await listening.ConfigureAwait(false);
    }

    private ChatHello Hello() => new()
    {
        Name = _name,
        Token = options.Token,
        WantsSession = true,
        Session = _session,
        Epoch = _epoch,
        Rooms = _places.Seen,
    };

    // What was taken is told, whatever becomes of the connection meanwhile: it will not come again.
    private async Task<ChatBye?> ListenAsync(IChatLink link, CancellationToken over, CancellationToken cancellationToken)
    {
        while (await link.ReceiveAsync(over).ConfigureAwait(false) is { } line)
        {
            Volatile.Write(ref _heard, Environment.TickCount64);
            if (link.Manner == ChatManner.Plain)
                await _news.Writer.WriteAsync(new ChatHeard(line), cancellationToken).ConfigureAwait(false);
            else if (ChatJson.TryReadEvent(line, out ChatEvent? told))
            {
                if (told is ChatWelcome)
                    await ArriveAsync(cancellationToken).ConfigureAwait(false);
                if (Take(told))
                    await _news.Writer.WriteAsync(new ChatTold(told), cancellationToken).ConfigureAwait(false);
                if (told is ChatBye bye)
                    return bye;
            }
        }

        return null;
    }

    // False for what nobody need be told of: a second copy, an acknowledgement.
    private bool Take(ChatEvent told)
    {
        switch (told)
        {
            case ChatWelcome welcome:
                _places.Begin();
                if (_epoch.Length > 0 && welcome.Epoch != _epoch)
                    _places.BeginAnew();
                (_welcomed, _name, _epoch) = (true, welcome.Name, welcome.Epoch);
                if (welcome.Session.Length > 0)
                    _session = welcome.Session;
                return true;
            case ChatAck ack:
                _outbox.Done(ack.Id);
                return false;
            case ChatNotice { Id: > 0, RetryAfter: { } after } notice:
                _outbox.Again(notice.Id, after);
                return false;
            case ChatNotice { IsError: true, Id: > 0 } refused:
                _outbox.Done(refused.Id);
                return true;
            case ChatNotice { Code: "nick", IsError: false } nick:
                _name = nick.Values.FirstOrDefault(value => value.Name == "name").Value ?? _name;
                return true;
            case ChatPong:
                return false;
            default:
                return _places.Take(told);
        }
    }

    private async Task SpeakAsync(IChatLink link, bool rooms, CancellationToken cancellationToken)
    {
        while (true)
        {
            ChatOutbox.Item item = await _outbox.NextAsync(cancellationToken).ConfigureAwait(false);
            await link.SendAsync(rooms ? ChatJson.Write(item.Request) : System.Text.Encoding.UTF8.GetBytes(item.Line), cancellationToken).ConfigureAwait(false);
            _outbox.Sent(item);
        }
    }

    private async Task WatchAsync(IChatLink link, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Silence / 4);
        bool asked = false;
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            TimeSpan silence = TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref _heard));
            if (silence > options.Silence * 2)
                return;
            if (silence < options.Silence)
                asked = false;
            else if (!asked)
                await link.SendAsync(ChatJson.Write(new ChatPingRequest()), cancellationToken).ConfigureAwait(false);
            asked |= silence >= options.Silence;
        }
    }

    // A wrong certificate or name is not mended by waiting.
    private static bool MayPass(SocketFailure failure) => failure.Call is SocketCall.Connect or SocketCall.Receive or SocketCall.Send or SocketCall.Resolve
        || failure.Error.Name is "ECONNRESET" or "EPIPE" or "ETIMEDOUT" or "SOKET_NO_REPLY";
}
