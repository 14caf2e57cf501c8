using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Middleware.WebSocket;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Chat.Internal;

/// <summary>Carries a chat over streams: lines on TCP, TLS and Unix sockets, messages on a WebSocket.</summary>
internal sealed class ChatStreamHandler(ChatHall hall, ChatServiceOptions options) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        IChatLines lines = connection.Features.Get<IWebSocketFeature>() is { } socket
            ? new ChatWebSocketLines(socket, hall.Limits.MaxLine)
            : new ChatStreamLines(connection, hall.Limits.MaxLine, options.Lull, options.Time);
        using var conversation = new Conversation(hall, options, connection, lines);
        await conversation.RunAsync().ConfigureAwait(false);
    }

    private sealed class Conversation(ChatHall hall, ChatServiceOptions options, ConnectionContext connection, IChatLines lines) : IDisposable
    {
        private const int MostAtOnce = 16; // lines of one that are done before others have their turn

        private readonly ISoketConnectionFeature? _feature = connection.Features.Get<ISoketConnectionFeature>();
        private readonly ChatPace _pace = new(hall.Limits, options.Time);
        private readonly CancellationTokenSource _over = new();
        private readonly CancellationToken _asked = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        private volatile ChatStyle _style = options.IsQuiet ? ChatStyle.Quiet : ChatStyle.Text;
        private string _reason = "lost";

        public async Task RunAsync()
        {
            using CancellationTokenRegistration closed = connection.ConnectionClosed.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
            if (await EnterAsync().ConfigureAwait(false) is not { } member)
                return;
            Task speaking = SpeakAsync(member);
            try
            {
                await ListenAsync(member).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_over.IsCancellationRequested)
            {
                // The other half has ended it, or the connection is gone.
            }
            catch
            {
                await _over.CancelAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                // What still waits is said before one leaves; that is bounded, and gone with the connection.
                await speaking.ConfigureAwait(false);
                hall.Leave(member, _reason);
            }
        }

        public void Dispose() => _over.Dispose();

        private async Task<ChatMember?> EnterAsync()
        {
            if (_style == ChatStyle.Text)
            {
                await lines.WriteAsync([Encoding.UTF8.GetBytes("* " + ChatWords.Get(options.Language, "chat.greeting"))], _over.Token).ConfigureAwait(false);
                // A program introduces itself at once, and then nobody need hear of a guest.
                await lines.HasAsync(options.Greeting, _over.Token).ConfigureAwait(false);
            }

            var hello = new ChatHello { Address = connection.RemoteEndPoint?.ToString() ?? "" };
            if (lines.First == '{' && await lines.ReadAsync(_over.Token).ConfigureAwait(false) is { } line)
            {
                _style = ChatStyle.Json;
                if (ChatJson.TryReadRequest(line, out ChatRequest? request) && request is ChatHelloRequest said)
                    hello = said.Hello with { Address = hello.Address };
            }

            if (hall.Enter(hello) is { } member)
                return member;
            string reason = hall.IsDraining ? "drain" : "full";
            var bye = new ChatBye(reason, TimeSpan.FromSeconds(reason == "drain" ? 1 : 10));
            await lines.WriteAsync([_style == ChatStyle.Json ? ChatJson.Write(bye) : Encoding.UTF8.GetBytes(ChatWords.Of(bye, options.Language, null, "")!)], _over.Token).ConfigureAwait(false);
            return null;
        }

        private async Task ListenAsync(ChatMember member)
        {
            int atOnce = 0;
            while (true)
            {
                // The thread may be a loop's: whoever sends many lines at once shares it with others.
                Task<byte[]?> reading = lines.ReadAsync(_over.Token);
                atOnce = reading.IsCompleted ? atOnce + 1 : 0;
                if (atOnce == MostAtOnce)
                {
                    atOnce = 0;
                    await Task.Yield();
                }

                if (await reading.ConfigureAwait(false) is not { } line)
                    break;
                using (hall.TellAtOnce())
                    Heed(member, line);
                if (_pace.Next(member.TakePassedOver()) is { Ticks: > 0 } wait && !member.IsOperator && !_asked.IsCancellationRequested)
                    await Task.Delay(wait, options.Time, _over.Token).ConfigureAwait(false);
            }

            if (lines.IsTooLong)
            {
                _reason = "line";
                hall.Pass(member, new ChatBye("line", null));
                return;
            }

            // The peer has ended, or this end was asked to: what still waits is said.
            bool asked = _asked.IsCancellationRequested || connection.Features.Get<ISoketConnectionFeature>() is SoketConnectionContext { IsInputStopped: true };
            _reason = !asked ? "quit" : hall.IsDraining ? "drain" : "idle";
            hall.Pass(member, new ChatBye(_reason, asked ? TimeSpan.FromSeconds(1) : null));
        }

        private void Heed(ChatMember member, byte[] line)
        {
            if (line is [(byte)'{', ..] && (_style == ChatStyle.Json || IsHello(line)))
                Ask(member, line);
            else if (_style == ChatStyle.Json)
                hall.Pass(member, new ChatNotice("not-understood") { IsError = true });
            else if (IsEnd(line))
                hall.Pass(member, new ChatBye("quit", null));
            else
                hall.Do(member, Encoding.UTF8.GetString(line));
        }

        private void Ask(ChatMember member, byte[] line)
        {
            if (!ChatJson.TryReadRequest(line, out ChatRequest? request))
            {
                hall.Pass(member, new ChatNotice("not-understood") { IsError = true });
                return;
            }

            if (request is ChatHelloRequest { Hello: var hello })
            {
                _style = ChatStyle.Json;
                hall.Introduce(member, hello);
            }
            else
            {
                ChatRequests.Do(hall, member, request);
            }
        }

        // All that is said, in order; ends with a goodbye, or when the member has left.
        private async Task SpeakAsync(ChatMember member)
        {
            var told = new List<ChatEvent>();
            var said = new List<byte[]>();
            try
            {
                while (true)
                {
                    await member.WaitInlineAsync(_over.Token).ConfigureAwait(false);
                    told.Clear();
                    said.Clear();
                    hall.Take(member, told);
                    ChatBye? bye = null;
                    foreach (ChatEvent one in told)
                    {
                        if (ChatVoice.Of(one, _style, options.Language, member) is { } bytes)
                            said.Add(bytes);
                        if ((bye = one as ChatBye) is not null)
                            break;
                    }

                    if (said.Count > 0 && !await SayAsync(member, said).ConfigureAwait(false))
                        return;
                    if (bye is null)
                        continue;
                    if (_reason == "lost")
                        _reason = bye.Reason;
                    return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
            {
                // The connection is gone, which the reading half tells.
            }
            finally
            {
                await _over.CancelAsync().ConfigureAwait(false);
            }
        }

        private async Task<bool> SayAsync(ChatMember member, List<byte[]> said)
        {
            Task writing = lines.WriteAsync(said, _over.Token);
            // Nearly always it is done by now, and needs no clock. Else it is looked at twice: one who reads slowly is waited for, unless too much has waited for him for minutes.
            for (long? taken = null; !writing.IsCompleted;)
            {
                try
                {
                    await writing.WaitAsync(hall.Limits.Stalled / 2).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    long? before = taken;
                    taken = await TakenAsync().ConfigureAwait(false);
                    if (writing.IsCompleted || (taken != before && !hall.IsOverdue(member)))
                        continue;
                    // It has taken nothing, or next to nothing, for so long that it would not take a goodbye either.
                    _reason = "slow";
                    connection.Abort(new ConnectionAbortedException("chat-slow"));
                    await _over.CancelAsync().ConfigureAwait(false);
                    await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return false;
                }
            }

            await writing.ConfigureAwait(false);
            return true;
        }

        // How much the other end has taken so far. What the system still holds of it is not taken.
        private async ValueTask<long> TakenAsync() =>
            _feature is null ? 0 : _feature.BytesSent - (await _feature.FindUntakenAsync().ConfigureAwait(false) ?? 0);

        private static bool IsEnd(byte[] line) =>
            line.Length is >= 4 and <= 8 && Encoding.UTF8.GetString(line).Trim().ToUpperInvariant() is "EXIT" or "QUIT";

        private static bool IsHello(byte[] line) => ChatJson.TryReadRequest(line, out ChatRequest? request) && request is ChatHelloRequest;
    }
}
