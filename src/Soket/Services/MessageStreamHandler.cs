using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Protocols.Framing;
using Soket.Transports;
using Soket.Transports.Internal;

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
    private readonly StreamMessages _messages = new(service, framing, meter);

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => new Conversation(_messages, connection).RunAsync();

    // One connection. Its calls come one after another.
    private sealed class Conversation(StreamMessages messages, ConnectionContext connection) : IMessageStream, IPendingOutput, IMessageInProgress
    {
        private readonly PipeWriter _output = connection.Transport.Output;
        private long _number;
        private long _waiting;
        private long _held; // beyond the free share, as the meter was told
        private bool _isWithin; // under the lock of this object: part of a message has come
        private long _taken;    // under the lock of this object: bytes of whole messages
        private bool _ends;     // under the lock of this object: after it

        public SocketScope? Scope { get; } = connection.Features.Get<ISoketConnectionFeature>()?.Scope;

        public EndPoint? LocalEndPoint { get; } = connection.LocalEndPoint; // as it was when the service began: a service may say otherwise later

        public EndPoint? RemoteEndPoint { get; } = connection.RemoteEndPoint;

        public long Pending => _waiting;

        public async Task RunAsync()
        {
            if (messages.Framing is not ChunkFraming)
                connection.Features.Set<IMessageInProgress>(this);
            try
            {
                await AnswerAllAsync().ConfigureAwait(false);
            }
            finally
            {
                messages.TryHold(this, ref _held, 0);
            }
        }

        private async Task AnswerAllAsync()
        {
            PipeReader input = connection.Transport.Input;
            bool first = true;
            bool open = true;
            while (open)
            {
                ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                bool ended = read.IsCompleted || read.IsCanceled;
                // What this end has cut off is no message.
                bool whole = ended && connection.Features.Get<ISoketConnectionFeature>() is not SoketConnectionContext { IsInputStopped: true };
                ReadOnlySequence<byte> buffer = read.Buffer;
                if (first && !buffer.IsEmpty)
                {
                    first = false;
                    if (SpeaksTls(buffer) && messages.TellTls(this))
                    {
                        input.AdvanceTo(buffer.End);
                        break;
                    }
                }

                bool more;
                do
                {
                    (more, open) = AnswerBatch(ref buffer, whole);
                    if (!messages.TryHold(this, ref _held, buffer.Length + _waiting))
                    {
                        connection.Abort(new ConnectionAbortedException("max-buffered"));
                        return;
                    }

                    if (_waiting > 0)
                    {
                        open &= await FlushAsync().ConfigureAwait(false);
                        messages.TryHold(this, ref _held, buffer.Length); // what was sent is not held while the peer thinks
                    }
                }
                while (more && open);
                long taken = read.Buffer.Length - buffer.Length;
                input.AdvanceTo(buffer.Start, buffer.End);
                open &= !ended && !EndsNow(isWithin: !buffer.IsEmpty, taken);
            }

            await _output.CompleteAsync().ConfigureAwait(false);
        }

        public bool TryEndAfterIt(string reason)
        {
            lock (this)
            {
                if (!_isWithin && !HasUnseen())
                    return false;
                _ends = true;
            }

            Scope?.Note(reason);
            return true;
        }

        // What the transport has received and this has not looked at yet may be part of a message too. Under TLS it counts other bytes.
        private bool HasUnseen() =>
            connection.Features.Get<ITlsHandshakeFeature>() is null && connection.Features.Get<ISoketConnectionFeature>() is { } feature && feature.BytesReceived > _taken;

        private bool EndsNow(bool isWithin, long taken)
        {
            lock (this)
            {
                _isWithin = isWithin;
                _taken += taken;
                return _ends && !isWithin;
            }
        }

        private (bool More, bool Open) AnswerBatch(ref ReadOnlySequence<byte> buffer, bool ended)
        {
            PooledBuffer? room = null;
            try
            {
                return messages.AnswerBatch(this, ref buffer, ended, this, ref room, ref _number);
            }
            finally
            {
                room?.Release();
            }
        }

        private async ValueTask<bool> FlushAsync()
        {
            FlushResult flush = await _output.FlushAsync().ConfigureAwait(false);
            _waiting = 0;
            return !flush.IsCompleted && !flush.IsCanceled;
        }

        private bool SpeaksTls(in ReadOnlySequence<byte> buffer)
        {
            if (connection.Features.Get<ITlsHandshakeFeature>() is not null)
                return false;
            Span<byte> head = stackalloc byte[6];
            head = head[..(int)Math.Min(head.Length, buffer.Length)];
            buffer.Slice(0, head.Length).CopyTo(head);
            return StreamMessages.IsTls(head);
        }

        void IBufferWriter<byte>.Advance(int count)
        {
            _output.Advance(count);
            _waiting += count;
        }

        Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _output.GetMemory(sizeHint);

        Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _output.GetSpan(sizeHint);
    }
}
