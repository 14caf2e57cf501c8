using Soket.Chat;
using Soket.Endpoints;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>One of a crowd: a client of ours that knows several servers, and writes down what it is told.</summary>
internal sealed class Talker : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly ChatClient _chat;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;
    private readonly Task _listening;
    private readonly List<(long Number, string From, string Text)> _heard = [];
    private readonly List<string> _surprises = [];
    private readonly Lock _lock = new();
    private readonly List<(Func<bool> Wanted, TaskCompletionSource Came)> _waiting = []; // under _lock
    private ChatNotice? _notice;

    public Talker(string name, IReadOnlyList<SocketUri> servers)
    {
        _chat = new ChatClient(servers[0], new ChatClientOptions
        {
            Name = name,
            Manner = ChatManner.Rooms,
            Others = [.. servers.Skip(1)],
            ReconnectDelay = TimeSpan.FromMilliseconds(100),
        });
        Name = name;
        _running = _chat.RunAsync(_over.Token);
        _listening = ListenAsync();
    }

    public string Name { get; }

    /// <summary>Where it is.</summary>
    public string At { get; private set; } = "";

    /// <summary>How often it has come back.</summary>
    public int Returns { get; private set; }

    /// <summary>How often it was told that the servers wait for the broker.</summary>
    public int Pauses { get; private set; }

    /// <summary>What it heard, in order.</summary>
    public IReadOnlyList<(long Number, string From, string Text)> Heard
    {
        get
        {
            lock (_lock)
                return [.. _heard];
        }
    }

    /// <summary>What should not have been told: a gap, a refusal, another name, a goodbye for good.</summary>
    public IReadOnlyList<string> Surprises
    {
        get
        {
            lock (_lock)
                return [.. _surprises];
        }
    }

    public Task InAsync(string room) => UntilAsync(() => _chat.Room == room, $"came into {room}");

    public Task EnteredAsync() => UntilAsync(() => _chat.Room is not null, "came in");

    public async Task SayAsync(string text) => await _chat.SayAsync(text, Token);

    /// <summary>Waits until everything it said was acknowledged.</summary>
    public async Task AcknowledgedAsync()
    {
        try
        {
            await _chat.SaidAsync(Token).WaitAsync(SoketProcess.Patience, Token);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} waits for an acknowledgement; came back {Returns} times, heard {Heard.Count}; {string.Join("; ", Surprises)}");
        }
    }

    public Task HeardAsync(int count) => UntilAsync(() => _heard.Count >= count, $"heard {count}");

    public Task PausedAsync(int times) => UntilAsync(() => Pauses >= times, $"was told of {times} pauses");

    /// <summary>Asks the server it is on who is there.</summary>
    public async Task<string> WhoAsync()
    {
        _notice = null;
        await _chat.SayAsync("/who", Token);
        await UntilAsync(() => _notice is not null, "heard who is there");
        return _notice!.Values.First(value => value.Name == "count").Value + (_notice.Values.First(value => value.Name == "names").Value.Contains('~', StringComparison.Ordinal) ? " and some are away" : "");
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _listening;
        _chat.Dispose();
        _over.Dispose();
    }

    private async Task ListenAsync()
    {
        await foreach (ChatNews news in _chat.News.ReadAllAsync(CancellationToken.None))
        {
            lock (_lock)
            {
                Take(news);
                foreach ((Func<bool> wanted, TaskCompletionSource came) in _waiting.ToArray())
                {
                    if (wanted())
                        came.TrySetResult();
                }
            }
        }
    }

    private void Take(ChatNews news)
    {
        switch (news)
        {
            case ChatConnected connected:
                At = connected.Endpoint.ToString();
                Returns += connected.Again ? 1 : 0;
                break;
            case ChatTold { Event: ChatEntry { Kind: ChatEntryKind.Message } entry }:
                _heard.Add((entry.Number, entry.From, entry.Text));
                break;
            case ChatTold { Event: ChatNotice { Code: "paused" } }:
                Pauses++;
                break;
            case ChatTold { Event: ChatNotice { Code: "who" } who }:
                _notice = who;
                break;
            case ChatTold { Event: ChatGap or ChatNotice { IsError: true } or ChatBye { ReconnectAfter: null } } told:
                _surprises.Add(told.Event.ToString());
                break;
            case ChatTold { Event: ChatWelcome welcome } when welcome.Name != Name:
                _surprises.Add(welcome.ToString());
                break;
        }
    }

    private async Task UntilAsync(Func<bool> wanted, string what)
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (wanted())
                return;
            _waiting.Add((wanted, came));
        }

        try
        {
            await came.Task.WaitAsync(SoketProcess.Patience, Token);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} never {what}; came back {Returns} times, heard {Heard.Count}; {string.Join("; ", Surprises)}");
        }
    }
}
