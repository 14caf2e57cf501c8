using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Services;

/// <summary>Runs a message service on a datagram socket: each datagram is a message, answered to its sender, one after another.</summary>
/// <remarks>
/// One datagram's failure is that datagram's: refused by an earlier receiver (ICMP), too long, no room. The socket tells it and the loop goes on; it ends
/// when it is cancelled or the socket is closed. One instance serves any number of sockets.
/// </remarks>
/// <param name="service">Answers the datagrams.</param>
/// <param name="rules">Which are taken.</param>
/// <param name="meter">Counts them.</param>
public sealed class DatagramMessageLoop(IMessageService service, DatagramRules rules, IMessageMeter? meter = null) : IDatagramService
{
    /// <summary>The longest payload of UDP over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header.</summary>
    public const int MaxUdpPayload = 65_507;

    private const int MaxUdpPayloadIPv6 = 65_527; // IPv6's length does not count its own header (RFC 8200 3)

    // A Unix datagram socket whose owner does not read fills up, and a send to it would wait, with everybody else behind it. Long enough for a
    // reader that is merely busy, short enough that the others do not notice.
    private static readonly TimeSpan SendLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly IReplyRecognizer? _recognizer = service as IReplyRecognizer;

    /// <inheritdoc/>
    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rules.MaxDatagram, 1, nameof(rules));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rules.MaxDatagram, ushort.MaxValue, nameof(rules));
        using var conversation = new Conversation(this, socket);
        await conversation.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    // One socket. Its calls come one after another.
    private sealed class Conversation(DatagramMessageLoop loop, IDatagramSocket socket) : IDisposable
    {
        private readonly byte[] _room = GC.AllocateUninitializedArray<byte>(loop.Rules.MaxDatagram);
        private readonly PooledBuffer _reply = new();
        private readonly RefusalNotes _notes = new(socket.Scope, loop.Rules.Time);
        private readonly int _longestReply = socket.LocalEndPoint.AddressFamily switch
        {
            AddressFamily.InterNetwork => MaxUdpPayload,
            AddressFamily.InterNetworkV6 => MaxUdpPayloadIPv6,
            _ => int.MaxValue, // the system knows its own limit
        };

        private CancellationTokenSource _sendLimit = new();
        private long _number;
        private int _failures; // receives that failed in a row

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            try
            {
                while (!cancellationToken.IsCancellationRequested)
                {
                    ReceivedDatagram datagram;
                    try
                    {
                        datagram = await socket.ReceiveAsync(_room, cancellationToken).ConfigureAwait(false);
                        _failures = 0;
                    }
                    catch (SocketFailure failure) when (failure.Error.Name is not ("EBADF" or "ENOTSOCK"))
                    {
                        await PauseAsync(failure, cancellationToken).ConfigureAwait(false);
                        continue;
                    }

                    if (Answer(datagram))
                        await SendAsync(datagram.From!, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketFailure { Error.Name: "EBADF" or "ENOTSOCK" })
            {
                // Whoever owns the socket closed it.
            }
        }

        public void Dispose()
        {
            _reply.Release();
            _sendLimit.Dispose();
        }

        private bool Answer(ReceivedDatagram datagram)
        {
            DatagramVerdict verdict = loop.Rules.Judge(datagram.From);
            var message = new ReadOnlySequence<byte>(_room, 0, datagram.Length);
            string? refusal = verdict switch
            {
                DatagramVerdict.Answer when loop.Rules.RefuseLoops && loop._recognizer?.IsOwnReply(message) == true => "own-reply",
                DatagramVerdict.Answer or DatagramVerdict.Nameless => null,
                DatagramVerdict.NotAdmitted => "not-admitted",
                DatagramVerdict.ServicePort => "service-port",
                DatagramVerdict.OwnEndpoint => "own-endpoint",
                _ => "many-receivers",
            };
            if (refusal is not null)
            {
                loop.Meter?.Refused();
                _notes.Tell(verdict == DatagramVerdict.NotAdmitted ? "peer-refused" : "loop-refused", refusal, datagram.From);
                return false;
            }

            _reply.Clear();
            var context = new MessageContext(socket.LocalEndPoint, datagram.From) { Truncated = datagram.Truncated, Number = ++_number };
            bool answers = loop.Service.Answer(message, _reply, context);
            if (answers && verdict == DatagramVerdict.Nameless)
            {
                _notes.Tell("reply-dropped", "nameless", null);
                answers = false;
            }

            if (answers && _reply.Written.Length > _longestReply)
            {
                TellTooLong(datagram.From);
                answers = false;
            }

            loop.Meter?.Message(datagram.Length, answers ? _reply.Written.Length : 0);
            return answers;
        }

        private async ValueTask SendAsync(EndPoint to, CancellationToken cancellationToken)
        {
            try
            {
                ValueTask send = socket.SendAsync(_reply.Written, socket.RemoteEndPoint is null ? to : null, _sendLimit.Token);
                if (send.IsCompletedSuccessfully)
                {
                    await send.ConfigureAwait(false);
                    return;
                }

                // Only a send that has to wait pays for a timer.
                _sendLimit.CancelAfter(SendLimit);
                using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _sendLimit))
                    await send.ConfigureAwait(false);
                Renew();
            }
            catch (SocketFailure)
            {
                Renew(); // Told by the socket; the next datagram has nothing to do with it.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                _notes.Tell("reply-dropped", "peer-does-not-read", to);
                Renew();
            }
        }

        private void Renew()
        {
            if (_sendLimit.TryReset())
                return;
            _sendLimit.Dispose();
            _sendLimit = new CancellationTokenSource();
        }

        // ECONNREFUSED tells of an earlier datagram, and a time-out of a quiet line: neither is a reason to wait. What goes on failing is.
        private async ValueTask PauseAsync(SocketFailure failure, CancellationToken cancellationToken)
        {
            if (failure.Error.Name is "ECONNREFUSED" or "ECONNRESET" or "EMSGSIZE" or "ETIMEDOUT" or "EHOSTUNREACH" or "ENETUNREACH")
                return;
            TimeSpan pause = TimeSpan.FromMilliseconds(1 << Math.Min(_failures++, 10));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, loop.Rules.Time, cancellationToken).ConfigureAwait(false);
        }

        private void TellTooLong(EndPoint? peer)
        {
            if (socket.Scope is not { } scope)
                return;
            var context = new FailureContext
            {
                Local = socket.LocalEndPoint,
                Remote = peer,
                Transport = scope.Transport,
                Facts = new Dictionary<string, string> { ["limit"] = _longestReply.ToString(CultureInfo.InvariantCulture), ["length"] = _reply.Written.Length.ToString(CultureInfo.InvariantCulture) },
            };
            scope.Failed(SocketCall.Message, SocketScope.Now, new SocketFailure(SocketCall.Message, SystemError.Own("SOKET_MESSAGE_TOO_LARGE", $"The reply is longer than a datagram of {_longestReply} bytes"), context));
        }
    }

    // A flood of forged datagrams must not become a flood of events: of each kind one a second, with how many it stands for.
    private sealed class RefusalNotes(SocketScope? scope, TimeProvider time)
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
        private readonly Dictionary<string, (long Told, long Silent)> _kinds = new(StringComparer.Ordinal);

        public void Tell(string reason, string why, EndPoint? from)
        {
            if (scope is null)
                return;
            long now = time.GetTimestamp();
            if (_kinds.TryGetValue(why, out (long Told, long Silent) kind) && time.GetElapsedTime(kind.Told, now) < Interval)
            {
                _kinds[why] = kind with { Silent = kind.Silent + 1 };
                return;
            }

            string more = kind.Silent > 0 ? string.Create(CultureInfo.InvariantCulture, $" (+{kind.Silent})") : "";
            _kinds[why] = (now, 0);
            scope.Note(reason, from is null ? why + more : $"{why} {from}{more}");
        }
    }

    private IMessageService Service => service;

    private DatagramRules Rules => rules;

    private IMessageMeter? Meter => meter;
}
