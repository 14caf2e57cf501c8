using Soket.Chat;
using Soket.Endpoints;
using Soket.Hosting;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>A client of ours with what it was told.</summary>
internal sealed class ChatPerson : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly CancellationTokenSource _over = new();
    private readonly Task<ChatBye?> _running;
    private readonly List<string> _messages = [];

    private ChatPerson(SocketUri place, string name)
    {
        Chat = new ChatClient(place, new ChatClientOptions { Name = name, ReconnectDelay = TimeSpan.FromMilliseconds(20), Manner = ChatManner.Rooms });
        _running = Chat.RunAsync(_over.Token);
    }

    public ChatClient Chat { get; }

    public static async Task<ChatPerson> EnterAsync(SocketServer server, string name)
    {
        var client = new ChatPerson(server.Endpoints[0].Actual, name);
        while (await client.Chat.News.ReadAsync(Token).AsTask().WaitAsync(ChatPlace.Patience, Token) is not ChatTold { Event: ChatJoined })
        {
            // It connects, and is welcomed.
        }

        return client;
    }

    public async Task<string[]> MessagesAsync(int count)
    {
        while (_messages.Count < count)
            await NextAsync();
        return [.. _messages];
    }

    public async Task<string[]> UntilAsync(string text)
    {
        while (!_messages.Contains(text))
            await NextAsync();
        return [.. _messages];
    }

    /// <summary>Waits until all was accepted, and lets go of what is heard meanwhile.</summary>
    public async Task SaidAsync()
    {
        Task said = Chat.SaidAsync(Token);
        while (!said.IsCompleted)
        {
            await Task.WhenAny(said, Chat.News.WaitToReadAsync(Token).AsTask()).WaitAsync(ChatPlace.Patience, Token);
            Forget();
        }
    }

    public void Forget()
    {
        while (Chat.News.TryRead(out _))
            _messages.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Chat.Dispose();
        _over.Dispose();
    }

    private async Task NextAsync()
    {
        ChatNews news;
        try
        {
            news = await Chat.News.ReadAsync(Token).AsTask().WaitAsync(ChatPlace.Patience, Token);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Chat.Name} heard {_messages.Count}: {string.Join(' ', _messages.TakeLast(50))}");
        }

        if (news is ChatTold { Event: ChatEntry { Kind: ChatEntryKind.Message } entry })
            _messages.Add(entry.Text);
    }
}
