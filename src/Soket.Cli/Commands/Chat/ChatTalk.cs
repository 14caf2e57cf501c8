using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Commands.Chat;

/// <summary>A client's conversation: what is told is shown, what is typed is said, until one of the two ends.</summary>
internal sealed class ChatTalk(ChatClient client, SocketUri endpoint, IChatView? view, JsonLinesObserver? json, ChatScript? script, TimeSpan wait, CliIo io)
{
    private readonly ChatShow _show = new(view, json, io);
    private readonly TaskCompletionSource<ChatManner> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ending;
    private volatile bool _quits;
    private volatile bool _away; // the connection is lost, and not back yet
    private volatile int _exitCode = ExitCodes.Done;

    /// <summary>What a word that is being typed may become.</summary>
    public IEnumerable<string> Candidates(string typed) =>
        typed.StartsWith('/') ? ChatHall.CommandNames.Select(name => "/" + name)
        : client.Names.Concat(client.Rooms.Select(room => "#" + room));

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ChatBye?> talking = client.RunAsync(stop.Token);
        Task telling = TellAsync(stop);
        Task typing = TypeAsync(stop.Token);
        ChatBye? bye = null;
        try
        {
            // What is typed may end first; then it is said, and answers are waited for.
            if (await Task.WhenAny(talking, typing).ConfigureAwait(false) == typing && !typing.IsCanceled)
            {
                await typing.ConfigureAwait(false);
                await EndAsync(talking, stop.Token).ConfigureAwait(false);
                await stop.CancelAsync().ConfigureAwait(false);
            }

            bye = await talking.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending && !cancellationToken.IsCancellationRequested)
        {
            // Ended from this side.
        }
        finally
        {
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the news end with the talk
            await stop.CancelAsync().ConfigureAwait(false);
            await typing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (view is not null)
                await view.FlushAsync().ConfigureAwait(false);
        }

        if (view is PlainView { Failure: { } failure })
            throw failure;
        if (bye is { Reason: ChatBye.Lost } && json is null)
            io.Error.WriteLine(io.Text("chat.gone"));
        else if (bye is null && !_ending && view is { IsTyped: true })
            io.Error.WriteLine(io.Text("chat.plain-ended"));
        return _exitCode != ExitCodes.Done ? _exitCode : bye is { Reason: not "quit" } ? ExitCodes.Failed : ExitCodes.Done;
    }

    private async Task TellAsync(CancellationTokenSource stop)
    {
        await foreach (ChatNews news in client.News.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            switch (news)
            {
                case ChatConnected connected:
                    await ConnectedAsync(connected).ConfigureAwait(false);
                    if (!connected.Again)
                        view?.Begin();
                    _connected.TrySetResult(connected.Manner);
                    break;
                case ChatTold { Event: var told }:
                    await _show.TellAsync(told, client.Name, client.Room, client.Rooms.Count > 1).ConfigureAwait(false);
                    if (ChatWords.Of(told, io.Language, null, client.Name) is { } words)
                        script?.Saw(words);
                    // Nobody sits there who could mend what a script says.
                    if (script is not null && _exitCode == ExitCodes.Done && told is ChatNotice { IsError: true, Code: var code } && (code is "command" or "command-nearest" || code.StartsWith("name-", StringComparison.Ordinal)))
                        _exitCode = ExitCodes.Failed;
                    if (told is ChatNotice { Code: "token-needed" or "token-wrong" or "token-soon" } && !(view?.IsTyped ?? false))
                    {
                        // Nobody sits there who could type it.
                        (_exitCode, _ending) = (ExitCodes.Failed, true);
                        await stop.CancelAsync().ConfigureAwait(false);
                    }

                    break;
                case ChatHeard heard:
                    await _show.HearAsync(heard.Bytes).ConfigureAwait(false);
                    script?.Saw(System.Text.Encoding.UTF8.GetString(heard.Bytes.Span));
                    break;
                case ChatLost lost:
                    await LostAsync(lost).ConfigureAwait(false);
                    break;
            }

            if (view is PlainView { Failure: not null })
                await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task ConnectedAsync(ChatConnected connected)
    {
        _away = false;
        bool plain = connected.Manner == ChatManner.Plain;
        if (json is not null)
        {
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "connected");
                writer.WriteString("endpoint", connected.Endpoint.ToString());
                writer.WriteString("manner", plain ? "plain" : "rooms");
            }).ConfigureAwait(false);
        }
        else if (connected.Again)
        {
            view!.Remark(io.Text("chat.again", ("endpoint", connected.Endpoint)));
        }
        else
        {
            view!.Remark(io.Text(!plain ? "chat.connected" : endpoint.IsDatagram ? "chat.connected-datagrams" : "chat.connected-plain", ("endpoint", connected.Endpoint)));
            if (plain && client.Name.Length > 0)
                view.Remark(io.Text("chat.plain-nameless", ("name", TerminalText.Safe(client.Name)), ("flag", "--nick")));
        }
    }

    private async Task LostAsync(ChatLost lost)
    {
        _away = true;
        if (json is not null)
        {
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", "connection-lost");
                writer.WriteString("endpoint", endpoint.ToString());
                if (lost.Failure is { } failure)
                    writer.WriteString("errno", failure.Error.Name);
                writer.WriteNumber("retry_us", (long)lost.After.TotalMicroseconds);
            }).ConfigureAwait(false);
            return;
        }

        view!.Remark(lost.Failure is { } cause
            ? io.Text("chat.lost-error", ("error", ErrorText.In(io.Language, cause.Error)), ("time", Units.Format(lost.After)))
            : io.Text("chat.lost", ("time", Units.Format(lost.After))));
    }

    private async Task TypeAsync(CancellationToken cancellationToken)
    {
        ChatManner manner = await _connected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool plain = manner == ChatManner.Plain, warned = false;
        IAsyncEnumerable<string> lines = script?.ReadAsync(cancellationToken) ?? view?.ReadAsync(cancellationToken) ?? StdinLinesAsync(cancellationToken);
        await foreach (string line in lines.ConfigureAwait(false))
        {
            string text = line.TrimEnd('\r');
            if (text.Trim().ToUpperInvariant() is "EXIT" or "QUIT" or "/QUIT")
            {
                if (!warned && _away && view is { IsTyped: true } && client.UnsaidCount is > 0 and var unsaid)
                {
                    warned = true;
                    view.Remark(io.Text("chat.exit-again", ("count", unsaid)));
                    continue;
                }

                if (plain && view is TerminalView)
                    view.Show("> " + TerminalText.Safe(text));
                if (plain)
                    await client.SayAsync(text.Trim(), cancellationToken).ConfigureAwait(false);
                (_ending, _quits) = (true, true);
                return;
            }

            if (text.Trim().Length == 0)
                continue; // nothing would be said
            if (plain && view is TerminalView)
                view.Show("> " + TerminalText.Safe(text));
            await client.SayAsync(text, cancellationToken).ConfigureAwait(false);
            if (_away && view is { IsTyped: true })
                view.Remark(io.Text("chat.waits", ("count", client.UnsaidCount)));
        }

        if (script?.GaveUpOn is { } unseen)
        {
            _exitCode = ExitCodes.TimedOut;
            if (json is null)
                view!.Remark(io.Text("chat.script-waited", ("time", Units.Format(ChatScript.Longest)), ("text", TerminalText.Safe(unseen))));
            else
                await json.WriteAsync(writer =>
                {
                    writer.WriteString("type", "notice");
                    writer.WriteString("notice", "script-waited");
                    writer.WriteString("text", unseen);
                }).ConfigureAwait(false);
        }

        _ending = true;
    }

    // All is said first; then what was asked is answered, where nobody has said that this is the end.
    private async Task EndAsync(Task<ChatBye?> talking, CancellationToken cancellationToken)
    {
        // Somebody sits there, who knows that nobody is at the other end.
        if (_away && view is { IsTyped: true })
        {
            if (client.UnsaidCount > 0)
                _exitCode = ExitCodes.Failed;
            return;
        }

        await Task.WhenAny(talking, client.SaidAsync(cancellationToken)).ConfigureAwait(false);
        if (!_quits && wait > TimeSpan.Zero)
            await Task.WhenAny(talking, Task.Delay(wait, cancellationToken)).ConfigureAwait(false);
        if (talking.IsCompleted || _connected.Task.Result == ChatManner.Plain)
            return;
        await client.SayAsync("/quit", cancellationToken).ConfigureAwait(false);
        await Task.WhenAny(talking, Task.Delay(TimeSpan.FromSeconds(2), cancellationToken)).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<string> StdinLinesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (byte[] line in io.In.ReadLinesAsync(cancellationToken).ConfigureAwait(false))
            yield return System.Text.Encoding.UTF8.GetString(line);
    }
}
