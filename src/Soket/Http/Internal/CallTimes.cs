using System.Buffers;
using System.Net;
using Soket.Events;
using Soket.Explain;

namespace Soket.Http.Internal;

/// <summary>
/// When the calls of one exchange began and ended, as its sockets tell it. The steps of a fetch are those of its calls: what lies between two calls is the
/// time of this program, which runs for the first time, and not the network's. Safe for use by any thread.
/// </summary>
internal sealed class CallTimes(FetchClock clock) : ISocketObserver
{
    private readonly Lock _lock = new();
    private readonly List<(EndPoint? Remote, TimeSpan Time)> _connects = [];
    private long? _socket;      // the connection's; null while it is not known, and any client's call counts
    private Span _step;         // the calls since the step began
    private Span _sent;         // those that sent the request
    private TimeSpan? _answered; // when the first byte of the answer was there
    private TimeSpan? _received; // when the last bytes were there
    private TimeSpan? _ended;    // when the peer's end was seen
    private bool _isSecure;

    private record struct Span(TimeSpan? Start, TimeSpan? End)
    {
        public void Add(TimeSpan start, TimeSpan end) => (Start, End) = (start < Start ? start : Start ?? start, end > End ? end : End ?? end);
    }

    public bool NeedsBytes => false;

    /// <summary>A step begins; the calls before it count no more.</summary>
    public void Begin()
    {
        lock (_lock)
            _step = default;
    }

    /// <summary>The request begins: what is sent from now on is it, what comes is its answer.</summary>
    public void BeginRequest()
    {
        lock (_lock)
            (_step, _sent, _answered, _received, _ended) = (default, default, null, null, null);
    }

    /// <summary>From now on only the calls of one connection count, and what stands on it.</summary>
    public void Follow(SocketScope? scope)
    {
        lock (_lock)
            _socket = scope?.Id ?? -1;
    }

    /// <summary>TLS stands on the connection: what comes on it is an answer only when it was decrypted.</summary>
    public void Secure()
    {
        lock (_lock)
            _isSecure = true;
    }

    /// <summary>When the calls of the step began and ended; null where there were none.</summary>
    public (TimeSpan? Start, TimeSpan? End) Step
    {
        get
        {
            lock (_lock)
                return (_step.Start, _step.End);
        }
    }

    /// <summary>When the request's first call began, and when its last one ended.</summary>
    public (TimeSpan? Start, TimeSpan? End) Sent
    {
        get
        {
            lock (_lock)
                return (_sent.Start, _sent.End);
        }
    }

    /// <summary>When the first byte of the answer was there; null while none is.</summary>
    public TimeSpan? Answered
    {
        get
        {
            lock (_lock)
                return _answered;
        }
    }

    /// <summary>When the last byte of the answer was there, or the peer's end.</summary>
    /// <param name="untilClose">Whether the end is part of the answer.</param>
    public TimeSpan? LastByte(bool untilClose)
    {
        lock (_lock)
            return untilClose ? _ended ?? _received : _received;
    }

    /// <summary>How long connect(2) to an address took; null where no call tells it.</summary>
    public TimeSpan? Connected(EndPoint address)
    {
        lock (_lock)
            return _connects.FindLast(connect => address.Equals(connect.Remote)) is { Remote: not null } found ? found.Time : null;
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        lock (_lock)
        {
            bool wire = _socket is null ? e.Role == SocketRole.Client : e.Connection == _socket;
            bool above = _socket is { } socket && e.Parent == socket && e.Transport == "tls";
            if (!wire && !above)
                return;
            TimeSpan end = clock.At(e.Timestamp), start = end - e.Duration;
            switch (e.Call)
            {
                case SocketCall.Connect when wire:
                    _connects.Add((e.Remote ?? e.Failure?.Context.Remote, e.Duration));
                    _step.Add(start, end);
                    break;
                case SocketCall.Resolve or SocketCall.SendTo or SocketCall.Shutdown or SocketCall.Close or SocketCall.Abort when wire:
                    _step.Add(start, end);
                    break;
                case SocketCall.Send when wire:
                    _step.Add(start, end);
                    _sent.Add(start, end);
                    break;
                case SocketCall.Receive or SocketCall.ReceiveFrom when wire:
                    // It was waiting since before the step: only its end says something.
                    _step.Add(_step.Start ?? end, end);
                    Received(end, e.Moved, isAnswer: !_isSecure);
                    break;
                case SocketCall.Receive when above && e.Moved > 0:
                    // The plain text; when it came, the connection below has told.
                    _answered ??= _received ?? end;
                    break;
            }
        }
    }

    private void Received(TimeSpan end, long moved, bool isAnswer)
    {
        if (moved > 0)
            _received = end;
        else if (moved == 0)
            _ended = end;
        if (isAnswer)
            _answered ??= end;
    }
}
