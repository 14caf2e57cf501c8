using System.Net;
using System.Security.Cryptography;
using System.Text;
using Soket.Explain;
using Soket.Services;
using Soket.Transports;

namespace Soket.Chat.Internal;

/// <summary>
/// Carries a chat in datagrams. A sender is known by his address. Soket's own client numbers and acknowledges its datagrams, and has shown that it receives
/// at its address before anything is kept of it; a plain program's datagrams are each a message, as they come, and what goes to it is sent once. It
/// repeats a short code first; in the chat of two, where it cannot be asked for one, what goes to it is bounded by what came (<see cref="ChatAllowance"/>).
/// </summary>
internal sealed class ChatDatagrams(ChatHall hall, ChatServiceOptions options) : IDatagramService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CodeTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenPlaces = TimeSpan.FromMilliseconds(200);

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        using var endpoint = new Endpoint(this, socket);
        await endpoint.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    // One socket: receives in one loop, keeps time in another; both go through one gate.
    private sealed class Endpoint(ChatDatagrams chat, IDatagramSocket socket) : IDisposable
    {
        private readonly SemaphoreSlim _gate = new(1, 1);
        private readonly Dictionary<EndPoint, ChatCorrespondent> _known = []; // under _gate
        private readonly DatagramRules _rules = new() { Admits = chat.Options.Admits, Own = [socket.LocalEndPoint], Time = chat.Options.Time };
        private readonly CancellationTokenSource _over = new();
        private bool _toldFull;           // under _gate
        private TimeSpan _madePlace = TimeSpan.MinValue; // under _gate

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration asked = cancellationToken.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
            Task time = KeepTimeAsync();
            try
            {
                await ReceiveAllAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is OperationCanceledException && _over.IsCancellationRequested))
            {
                // Asked to end, or whoever owns the socket closed it.
            }
            finally
            {
                await _over.CancelAsync().ConfigureAwait(false);
                await time.ConfigureAwait(false);
                await FarewellAsync().ConfigureAwait(false);
            }
        }

        public void Dispose()
        {
            _gate.Dispose();
            _over.Dispose();
        }

        private async Task ReceiveAllAsync()
        {
            byte[] room = new byte[65_535];
            while (!_over.IsCancellationRequested)
            {
                ReceivedDatagram datagram;
                try
                {
                    datagram = await socket.ReceiveAsync(room, _over.Token).ConfigureAwait(false);
                }
                catch (SocketFailure failure) when (failure.Error.Name is "ECONNREFUSED" or "ECONNRESET" or "EMSGSIZE" or "EHOSTUNREACH" or "ENETUNREACH")
                {
                    continue; // of an earlier datagram, to somebody who has gone
                }

                chat.Hall.Count(datagram.Length, 0);
                if (datagram.From is null || _rules.Judge(datagram.From) != DatagramVerdict.Answer)
                    continue;
                await _gate.WaitAsync(_over.Token).ConfigureAwait(false);
                try
                {
                    await TakeAsync(datagram.From, room.AsMemory(0, datagram.Length)).ConfigureAwait(false);
                }
                finally
                {
                    _gate.Release();
                }
            }
        }

        private async Task TakeAsync(EndPoint from, ReadOnlyMemory<byte> datagram)
        {
            _known.TryGetValue(from, out ChatCorrespondent? known);
            if (NumberedDatagram.TryRead(datagram, out NumberedDatagram? numbered))
            {
                if (known is null || known.Link?.Session != numbered.Session)
                {
                    // Before anything is kept, and with fewer bytes than came: a forged address gets a cookie it has no use for.
                    string cookie = chat.CookieOf(from, numbered.Session);
                    if (numbered.Cookie != cookie || numbered.Number != 1)
                    {
                        await SendAsync(from, new NumberedDatagram(numbered.Session, 0, 0, cookie, default).Write()).ConfigureAwait(false);
                        return;
                    }

                    if (known is not null)
                        Forget(from, known, "moved");
                    known = _known[from] = new ChatCorrespondent(chat.Hall, chat.Options, from, new NumberedLink(numbered.Session) { Cookie = cookie });
                }

                known.Heard = Now;
                await SendAllAsync(from, known.Receive(numbered)).ConfigureAwait(false);
            }
            else
            {
                // A session's program sends nothing else: somebody has forged its address, or it speaks another version.
                if (known is { Link: not null })
                    return;
                bool shows = !chat.Options.IsQuiet && chat.IsCodeOf(from, datagram.Span, Now);
                if (known is null)
                {
                    if (datagram.IsEmpty)
                        return;
                    if (!chat.Options.IsQuiet && !shows)
                    {
                        // Nothing is kept of an address that may be forged, and what goes there is less than three times what came, with the headers.
                        await SendAsync(from, chat.AskForCode(from, datagram.Span, Now)).ConfigureAwait(false);
                        return;
                    }

                    if (!HasPlace())
                        return;
                    known = _known[from] = new ChatCorrespondent(chat.Hall, chat.Options, from, link: null);
                }

                known.Heard = Now;
                known.Hear(datagram.Span, isMessage: !shows);
            }

            await SpeakAsync(from, known).ConfigureAwait(false);
        }

        // Where all places are taken: who spoke once only, as a forged address can, the oldest first; else who has long been silent. Not many a second.
        private bool HasPlace()
        {
            (EndPoint From, ChatCorrespondent Known)[] plain = [.. _known.Where(one => one.Value.Link is null).Select(one => (one.Key, one.Value))];
            if (plain.Length < chat.Hall.Limits.MaxPlainDatagrams)
            {
                _toldFull = false;
                return true;
            }

            if (!_toldFull)
                chat.Hall.Warn(new ChatNotice("datagrams-full", ("most", $"{chat.Hall.Limits.MaxPlainDatagrams}")));
            _toldFull = true;
            (EndPoint From, ChatCorrespondent Known)[] once = [.. plain.Where(one => one.Known.SpokeOnce)];
            if (once.Length == 0)
                once = [.. plain.Where(one => Now - one.Known.Heard > Silent)];
            if (once.Length == 0 || (_madePlace != TimeSpan.MinValue && Now - _madePlace < BetweenPlaces))
                return false;
            (EndPoint from, ChatCorrespondent known) = once.MinBy(one => one.Known.Heard);
            _madePlace = Now;
            Forget(from, known, "idle");
            return true;
        }

        // What there is for somebody, and whether it is over with him.
        private async Task SpeakAsync(EndPoint to, ChatCorrespondent known)
        {
            await SendAllAsync(to, known.Speak(Now)).ConfigureAwait(false);
            if (known.IsOver)
                Forget(to, known, known.Reason);
        }

        private async Task KeepTimeAsync()
        {
            using var timer = new PeriodicTimer(Tick, chat.Options.Time);
            try
            {
                while (await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false))
                {
                    await _gate.WaitAsync(_over.Token).ConfigureAwait(false);
                    try
                    {
                        foreach ((EndPoint to, ChatCorrespondent known) in _known.ToArray())
                        {
                            known.CheckSilence(Now);
                            await SpeakAsync(to, known).ConfigureAwait(false);
                        }
                    }
                    finally
                    {
                        _gate.Release();
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                // It is over.
            }
        }

        // The last words, once: nobody waits for their acknowledgement any more.
        private async Task FarewellAsync()
        {
            foreach ((EndPoint to, ChatCorrespondent known) in _known.ToArray())
            {
                try
                {
                    await SendAllAsync(to, known.Speak(Now)).ConfigureAwait(false);
                }
                catch (ObjectDisposedException)
                {
                    // The socket went first.
                }

                Forget(to, known, chat.Hall.IsDraining ? "drain" : "lost");
            }
        }

        private void Forget(EndPoint from, ChatCorrespondent known, string reason)
        {
            _known.Remove(from);
            known.Leave(reason);
        }

        private async Task SendAllAsync(EndPoint to, IReadOnlyList<byte[]> datagrams)
        {
            foreach (byte[] datagram in datagrams)
                await SendAsync(to, datagram).ConfigureAwait(false);
        }

        private async Task SendAsync(EndPoint to, byte[] datagram)
        {
            try
            {
                await socket.SendAsync(datagram, to, CancellationToken.None).ConfigureAwait(false);
                chat.Hall.Count(0, datagram.Length);
            }
            catch (SocketFailure)
            {
                // Told by the socket. Numbered datagrams are sent again; the others were never promised.
            }
        }

        private TimeSpan Now => chat.Options.Time.GetElapsedTime(0);
    }

    private ChatHall Hall => hall;

    private ChatServiceOptions Options => options;

    // A person reads and types it; a program finds it behind the command. It is good for a minute or two.
    private byte[] AskForCode(EndPoint from, ReadOnlySpan<byte> datagram, TimeSpan now)
    {
        string line = "* " + ChatWords.Get(options.Language, "chat.here", ("code", CodeOf(from, CodeRound(now))));
        return Encoding.UTF8.GetBytes(datagram.EndsWith((byte)'\n') ? line + "\n" : line);
    }

    private bool IsCodeOf(EndPoint from, ReadOnlySpan<byte> datagram, TimeSpan now)
    {
        if (datagram.Length > 64 || Encoding.UTF8.GetString(datagram).Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var command, var code]
            || !command.Equals("/here", StringComparison.OrdinalIgnoreCase))
            return false;
        return code == CodeOf(from, CodeRound(now)) || code == CodeOf(from, CodeRound(now) - 1);
    }

    private static long CodeRound(TimeSpan now) => now.Ticks / CodeTime.Ticks;

    private string CodeOf(EndPoint from, long round) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"{from} code {round}")).AsSpan(0, 4));

    private string CookieOf(EndPoint from, string session) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"{from} {session}")).AsSpan(0, 8));
}
