using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Services;

/// <summary>Runs a message service on stream connections: a framing cuts the messages, the service answers each, in order.</summary>
/// <remarks>
/// <para>It ends in order when the peer has ended: what was asked is answered, then this direction ends too. A message longer than the framing's
/// limit, and a reply the framing cannot carry, are told as a failure and end the connection as well: what follows could not be read. A reset
/// or another failure of the connection is thrown, for the host to count; the transport has told it.</para>
/// <para>One instance serves any number of connections, on any host of <see cref="ConnectionHandler"/>, Kestrel included. A connection that waits
/// holds no buffer of this class.</para>
/// </remarks>
/// <param name="service">Answers the messages.</param>
/// <param name="framing">Cuts the messages.</param>
/// <param name="meter">Counts them.</param>
public sealed class MessageStreamHandler(IMessageService service, Framing framing, IMessageMeter? meter = null) : ConnectionHandler
{
    // More than this is not left waiting for the end of a batch: a peer that asks much and reads nothing stops being read itself.
    private const int FlushAt = 64 * 1024;

    // What a connection may hold without asking: one read and one batch of replies.
    private const int FreeShare = 2 * FlushAt;

    private readonly bool _direct = framing is ChunkFraming; // its message is its frame: a reply needs no room of its own

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => new Conversation(this, connection).RunAsync();

    // One connection. Its calls come one after another.
    private sealed class Conversation : IBufferWriter<byte>
    {
        private readonly MessageStreamHandler _handler;
        private readonly ConnectionContext _connection;
        private readonly PipeWriter _output;
        private readonly SocketScope? _scope;
        private MessageContext _context;
        private long _number;
        private long _written;  // since the connection began
        private long _flushed;
        private long _held;     // beyond the free share, as the meter was told

        public Conversation(MessageStreamHandler handler, ConnectionContext connection)
        {
            _handler = handler;
            _connection = connection;
            _output = connection.Transport.Output;
            _scope = connection.Features.Get<ISoketConnectionFeature>()?.Scope;
            _context = new MessageContext(connection.LocalEndPoint, connection.RemoteEndPoint);
        }

        private IMessageService Service => _handler.Service;

        private Framing Framing => _handler.Framing;

        public async Task RunAsync()
        {
            try
            {
                await AnswerAllAsync().ConfigureAwait(false);
            }
            finally
            {
                TryHold(0);
            }
        }

        private async Task AnswerAllAsync()
        {
            PipeReader input = _connection.Transport.Input;
            bool first = true;
            bool open = true;
            while (open)
            {
                ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                bool ended = read.IsCompleted || read.IsCanceled;
                ReadOnlySequence<byte> buffer = read.Buffer;
                if (first && !buffer.IsEmpty)
                {
                    first = false;
                    if (SpeaksTls(buffer) && TellTls())
                    {
                        input.AdvanceTo(buffer.End);
                        break;
                    }
                }

                bool more;
                do
                {
                    (more, open) = AnswerBatch(ref buffer, ended);
                    if (!TryHold(buffer.Length + _written - _flushed))
                    {
                        Fail(_scope is null ? 0 : SocketScope.Now, "SOKET_LIMIT", "The connections hold as much as they may", "limit", "max-buffered");
                        _connection.Abort(new ConnectionAbortedException("max-buffered"));
                        return;
                    }

                    if (_written > _flushed && !await FlushAsync().ConfigureAwait(false))
                        open = false;
                }
                while (more && open);
                input.AdvanceTo(buffer.Start, buffer.End);
                open &= !ended;
            }

            await _output.CompleteAsync().ConfigureAwait(false);
        }

        private bool TryHold(long bytes)
        {
            long held = Math.Max(0, bytes - FreeShare);
            if (held != _held && _handler.Meter is { } meter && !meter.TryHold(held - _held))
                return false;
            _held = held;
            return true;
        }

        // Answers until the buffer holds no further message, or enough waits to be sent.
        private (bool More, bool Open) AnswerBatch(ref ReadOnlySequence<byte> buffer, bool ended)
        {
            ReplyBuffer? room = null;
            try
            {
                while (_written - _flushed < FlushAt)
                {
                    long started = _scope is null ? 0 : SocketScope.Now;
                    switch (Framing.TryRead(ref buffer, ended, out ReadOnlySequence<byte> message))
                    {
                        case FramingResult.Message:
                            if (!Answer(message, ref room, started))
                                return (false, false);
                            break;
                        case FramingResult.NeedMore:
                            return (false, true);
                        case FramingResult.Incomplete:
                            _scope?.Note("message-incomplete", message.Length.ToString(CultureInfo.InvariantCulture));
                            return (false, true);
                        default:
                            Fail(started, "SOKET_MESSAGE_TOO_LARGE", $"The message is longer than {Framing.MaxMessage} bytes", "limit", Framing.MaxMessage.ToString(CultureInfo.InvariantCulture));
                            buffer = buffer.Slice(buffer.End);
                            return (false, false);
                    }
                }

                return (true, true);
            }
            finally
            {
                room?.Release();
            }
        }

        private bool Answer(in ReadOnlySequence<byte> message, ref ReplyBuffer? room, long started)
        {
            long sent;
            _context = _context with { Number = ++_number };
            if (_handler._direct)
            {
                long before = _written;
                Service.Answer(message, this, _context);
                sent = _written - before;
            }
            else
            {
                room ??= new ReplyBuffer();
                room.Clear();
                bool answers = Service.Answer(message, room, _context);
                if (answers && !TryFrame(room.Written, started))
                    return false;
                sent = answers ? room.Written.Length : 0;
            }

            _handler.Meter?.Message(message.Length, sent);
            return true;
        }

        private bool TryFrame(ReadOnlyMemory<byte> reply, long started)
        {
            try
            {
                Framing.Write(new ReadOnlySequence<byte>(reply), this);
                return true;
            }
            catch (ArgumentException e)
            {
                Fail(started, "SOKET_REPLY_NOT_FRAMEABLE", e.Message, "length", reply.Length.ToString(CultureInfo.InvariantCulture));
                return false;
            }
        }

        private async ValueTask<bool> FlushAsync()
        {
            FlushResult flush = await _output.FlushAsync().ConfigureAwait(false);
            _flushed = _written;
            return !flush.IsCompleted && !flush.IsCanceled;
        }

        // A person pointed TLS at a plain endpoint. Bytes are bytes to a service that takes any, and its answer ends the handshake soon enough; one
        // that waits for text would let the peer wait until it gives up.
        private bool TellTls()
        {
            bool ends = Service.ExpectsText || Framing is LineFraming;
            Fail(_scope is null ? 0 : SocketScope.Now, "TLS_TO_PLAIN", "A TLS handshake came to an endpoint that speaks plain", "served", ends ? "no" : "yes");
            return ends;
        }

        // A TLS record (RFC 8446 5.1) that carries a ClientHello: handshake(22), legacy version 3.x, length, client_hello(1).
        private bool SpeaksTls(in ReadOnlySequence<byte> buffer)
        {
            if (_connection.Features.Get<ITlsHandshakeFeature>() is not null)
                return false;
            Span<byte> head = stackalloc byte[6];
            head = head[..(int)Math.Min(head.Length, buffer.Length)];
            buffer.Slice(0, head.Length).CopyTo(head);
            return head is [0x16, 0x03, <= 4] or [0x16, 0x03, <= 4, _] or [0x16, 0x03, <= 4, _, _] or [0x16, 0x03, <= 4, _, _, 0x01];
        }

        private void Fail(long started, string code, string words, string fact, string value)
        {
            if (_scope is null)
                return;
            var context = new FailureContext
            {
                Local = _connection.LocalEndPoint,
                Remote = _connection.RemoteEndPoint,
                Transport = _scope.Transport,
                Sent = _scope.Sent,
                Received = _scope.Received,
                Facts = new Dictionary<string, string> { [fact] = value, ["framing"] = Framing.Name },
            };
            _scope.Failed(SocketCall.Message, started, new SocketFailure(SocketCall.Message, SystemError.Own(code, words), context), code == "SOKET_LIMIT" ? value : null);
        }

        void IBufferWriter<byte>.Advance(int count)
        {
            _output.Advance(count);
            _written += count;
        }

        Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _output.GetMemory(sizeHint);

        Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _output.GetSpan(sizeHint);
    }

    private IMessageService Service => service;

    private Framing Framing => framing;

    private IMessageMeter? Meter => meter;
}
