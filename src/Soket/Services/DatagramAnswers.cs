using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;
using Soket.Transports.Internal;

namespace Soket.Services;

/// <summary>
/// Answers the datagrams of one socket: all of serving them that neither receives nor sends, so that it is the same whoever does that. Its calls come one after another.
/// </summary>
internal sealed class DatagramAnswers
{
    // A Unix datagram socket whose owner does not read fills up, and a send to it would wait, with everybody else behind it. Long enough for a reader that is
    // merely busy, short enough that the others do not notice; shorter each time it was in vain, for one who never reads may ask as fast as he can.
    private static readonly TimeSpan LongestSend = TimeSpan.FromMilliseconds(100), ShortestSend = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(1);

    private const int MaxUdpPayloadIPv6 = 65_527; // IPv6's length does not count its own header (RFC 8200 3)
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly IMessageService _service;
    private readonly IReplyRecognizer? _recognizer;
    private readonly IMessageMeter? _meter;
    private readonly IMessageTally? _tally; // the same meter, if it takes many at once
    private readonly SocketScope? _scope;
    private readonly EndPoint _local;
    private readonly RefusalNotes _notes;
    private readonly int _longestReply;
    private long _number;
    private int _failures; // receives that failed in a row
    private TimeSpan _sendLimit = LongestSend;
    private long _notRead; // when a reply last waited in vain
    private (int Count, long Received, long Sent) _untold;

    /// <summary>Begins to answer.</summary>
    /// <param name="service">Answers the datagrams.</param>
    /// <param name="rules">Which are taken.</param>
    /// <param name="meter">Counts them.</param>
    /// <param name="scope">The socket in the event stream; null when nobody looks.</param>
    /// <param name="local">Where it is bound.</param>
    public DatagramAnswers(IMessageService service, DatagramRules rules, IMessageMeter? meter, SocketScope? scope, EndPoint local)
    {
        _service = service;
        _recognizer = service as IReplyRecognizer;
        Rules = rules;
        _meter = meter;
        _tally = meter as IMessageTally;
        _scope = scope;
        _local = local;
        _notes = new RefusalNotes(scope, rules.Time);
        _longestReply = local.AddressFamily switch
        {
            AddressFamily.InterNetwork => DatagramMessageLoop.MaxUdpPayload,
            AddressFamily.InterNetworkV6 => MaxUdpPayloadIPv6,
            _ => int.MaxValue, // the system knows its own limit
        };
    }

    /// <summary>Which datagrams are taken.</summary>
    public DatagramRules Rules { get; }

    /// <summary>Whether a reply is the datagram itself, so that it can be sent from where it was received; <see cref="Answer"/> writes none then.</summary>
    public bool Echoes => _service.Echoes;

    /// <summary>Answers a datagram.</summary>
    /// <param name="message">The datagram, as far as it was taken.</param>
    /// <param name="from">The sender; null when it has no name.</param>
    /// <param name="truncated">Whether there was more of it.</param>
    /// <param name="reply">Where the reply goes; what it held is dropped.</param>
    /// <returns>Whether there is a reply to send.</returns>
    public bool Answer(in ReadOnlySequence<byte> message, EndPoint? from, bool truncated, PooledBuffer reply)
    {
        _failures = 0;
        DatagramVerdict verdict = Rules.Judge(from);
        string? refusal = verdict switch
        {
            DatagramVerdict.Answer when Rules.RefuseLoops && _recognizer?.IsOwnReply(message) == true => "own-reply",
            DatagramVerdict.Answer or DatagramVerdict.Nameless => null,
            DatagramVerdict.NotAdmitted => "not-admitted",
            DatagramVerdict.ServicePort => "service-port",
            DatagramVerdict.OwnEndpoint => "own-endpoint",
            _ => "many-receivers",
        };
        if (refusal is not null)
        {
            _meter?.Refused();
            _notes.Tell(verdict == DatagramVerdict.NotAdmitted ? "peer-refused" : "loop-refused", refusal, from);
            return false;
        }

        reply.Clear();
        _number++;
        bool answers = Echoes || _service.Answer(message, reply, new MessageContext(_local, from) { Truncated = truncated, Number = _number });
        long length = Echoes ? message.Length : reply.Written.Length;
        if (answers && verdict == DatagramVerdict.Nameless)
        {
            _notes.Tell("reply-dropped", "nameless", null);
            answers = false;
        }

        if (answers && length > _longestReply)
        {
            TellTooLong(from, length);
            answers = false;
        }

        Count(message.Length, answers ? length : 0);
        return answers;
    }

    /// <summary>Tells the meter what was answered since; called after each batch, which may be one datagram.</summary>
    public void TellCounts()
    {
        if (_untold.Count > 0)
            _tally!.Messages(_untold.Count, _untold.Received, _untold.Sent);
        _untold = default;
    }

    /// <summary>How long the next reply may wait until its receiver has room for it.</summary>
    public TimeSpan SendLimit()
    {
        if (Rules.Time.GetElapsedTime(_notRead) >= Forgotten)
            _sendLimit = LongestSend;
        return _sendLimit;
    }

    /// <summary>A reply could not be sent in time.</summary>
    public void TellNotRead(EndPoint to)
    {
        _notRead = Rules.Time.GetTimestamp();
        _sendLimit = _sendLimit > ShortestSend * 2 ? _sendLimit / 2 : ShortestSend;
        _notes.Tell("reply-dropped", "peer-does-not-read", to);
    }

    /// <summary>
    /// How long to rest after a receive that failed. ECONNREFUSED tells of an earlier datagram, and a time-out of a quiet line: neither is a reason to wait. What
    /// goes on failing is.
    /// </summary>
    public TimeSpan PauseAfter(SocketFailure failure)
    {
        if (failure.Error.Name is "ECONNREFUSED" or "ECONNRESET" or "EMSGSIZE" or "ETIMEDOUT" or "EHOSTUNREACH" or "ENETUNREACH")
            return TimeSpan.Zero;
        TimeSpan pause = TimeSpan.FromMilliseconds(1 << Math.Min(_failures++, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Whether the socket is gone: whoever owns it closed it.</summary>
    public static bool IsClosed(SocketFailure failure) => failure.Error.Name is "EBADF" or "ENOTSOCK";

    private void Count(long received, long sent)
    {
        if (_tally is null)
            _meter?.Message(received, sent);
        else
            _untold = (_untold.Count + 1, _untold.Received + received, _untold.Sent + sent);
    }

    private void TellTooLong(EndPoint? peer, long length)
    {
        if (_scope is null)
            return;
        var context = new FailureContext
        {
            Local = _local,
            Remote = peer,
            Transport = _scope.Transport,
            Facts = new Dictionary<string, string> { ["limit"] = _longestReply.ToString(CultureInfo.InvariantCulture), ["length"] = length.ToString(CultureInfo.InvariantCulture) },
        };
        _scope.Failed(SocketCall.Message, SocketScope.Now, new SocketFailure(SocketCall.Message, SystemError.Own("SOKET_MESSAGE_TOO_LARGE", $"The reply is longer than a datagram of {_longestReply} bytes"), context));
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
}
